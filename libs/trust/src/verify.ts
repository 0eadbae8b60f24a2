// SPDX-License-Identifier: Apache-2.0
export {
  heldTrustBytes,
  heldVersions,
  initialTrust,
  parseHeldTrust,
  rootIdentity,
  type HeldTrust,
  type HeldVersions,
} from './held-trust.ts';
export { verifyInclusion, type Inclusion } from './inclusion.ts';
export { limits } from './limits.ts';
export { manifestName } from './links.ts';
export { manifestBytes, maxManifestBytes, parseManifest, revisionId, type Manifest } from './manifest.ts';
export { createMerkleTree, leafBytes, leafHash, type MerkleTree } from './merkle.ts';
export { readVersion, type RoleName } from './metadata.ts';
export { clockTolerance, judgeFreeze, type TrustRefusal } from './refusal.ts';
export { readTrustedRoot, type RoleKey, type TrustedRole, type TrustedRoot } from './root.ts';
export type { TrustRemark } from './trusted-time.ts';
export { acceptRoots, judgeSuccessor } from './verify-roots.ts';
export {
  verifyTargetBytes,
  verifyUpdate,
  type TrustContext,
  type TrustUpdate,
  type TrustVerdict,
  type UpdateRefusal,
} from './verify-update.ts';
export { preAuthEncoding } from './dsse.ts';
export {
  receiptLimits,
  type Receipt,
  type ReceiptResult,
  type ReceiptUnit,
  type ReceiptUnitResult,
} from './receipt.ts';
export { openReceipt, readReceipt, receiptHash, receiptPayloadType, sealReceipt } from './seal-receipt.ts';
