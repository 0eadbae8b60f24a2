// SPDX-License-Identifier: Apache-2.0
export {
  certificateFingerprint,
  keyFingerprint,
  verifyIdentity,
  type VerifiedIdentity,
} from './certificate.ts';
export { certificateIdentity, formatIdentity, parseIdentity, type Identity } from './identity.ts';
export { judgeServer } from './judge-server.ts';
export { formatToken, parseToken, parseTokenId, type EnrolmentToken } from './token.ts';
