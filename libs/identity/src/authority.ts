// SPDX-License-Identifier: Apache-2.0
export {
  certificateLife,
  createAuthorityKeys,
  openAuthority,
  type Authority,
  type IssuedCertificate,
  type KeyPair,
} from './authority-ca.ts';
export {
  checkToken,
  createEnrolmentKey,
  createToken,
  defaultTokenLife,
  type TokenProblem,
} from './authority-token.ts';
