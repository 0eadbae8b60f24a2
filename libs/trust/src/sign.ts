// SPDX-License-Identifier: Apache-2.0
export { countersign } from './countersign.ts';
export { createEd25519Key, ed25519Signer, type Ed25519Signer } from './ed25519-signer.ts';
export { provenVersions, type ProvenVersions } from './held-proof.ts';
export { verifyRecorded, type RecordedFiles } from './recorded.ts';
export { refreshDue, refreshRevision, targetsDue } from './refresh.ts';
export {
  judgeRelease,
  signRelease,
  type ReleaseDraft,
  type ReleaseExpectation,
} from './release-signature.ts';
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
