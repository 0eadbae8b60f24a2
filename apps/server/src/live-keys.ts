// SPDX-License-Identifier: Apache-2.0
import type { Ed25519Signer } from '@fairlead/git';
import type { Authority } from '@fairlead/identity/authority';

/** A signer that is whoever signs at the moment of each use. */
export function createLiveSigner(current: () => Ed25519Signer): Ed25519Signer {
  return {
    get publicKey() {
      return current().publicKey;
    },
    sign: (data) => current().sign(data),
  };
}

/** A CA that is whichever issues at the moment of each use. */
export function createLiveAuthority(current: () => Authority): Authority {
  return {
    get certificate() {
      return current().certificate;
    },
    get fingerprint() {
      return current().fingerprint;
    },
    keyOf: (csr) => current().keyOf(csr),
    issueDevice: (input) => current().issueDevice(input),
    issueServer: (input) => current().issueServer(input),
    issueOperator: (input) => current().issueOperator(input),
  };
}
