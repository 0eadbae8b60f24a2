// SPDX-License-Identifier: Apache-2.0
export { createEd25519Key, ed25519Signer, type Ed25519Signer } from './ed25519-signer.ts';
export { verifyRecorded, type RecordedFiles } from './recorded.ts';
export { refreshDue, refreshRevision } from './refresh.ts';
export {
  lifetimes,
  noVersions,
  signRevision,
  type RecordedVersions,
  type RevisionSigners,
  type SignedFile,
  type SignedRevision,
} from './sign-revision.ts';
export { signRoot, type RoleKeys, type RootContent } from './sign-root.ts';
