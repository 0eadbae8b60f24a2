// SPDX-License-Identifier: Apache-2.0
import { sshVerify, type Commit } from '@fairlead/git';

/** Raw public keys that may sign the log: one set for each version of the root, the oldest first. */
export type SignerSets = readonly (readonly Uint8Array[])[];

/**
 * Judges who signed the commits of one reference, in their order. Once a commit bears a key of a newer root, what that root no longer
 * lists signs nothing after it: a key that was replaced because it was stolen cannot go on with the log.
 */
export function createSignatureJudge(sets: SignerSets): (commit: Commit) => boolean {
  let era = 0;
  return (commit) => {
    const signer = signerOf(commit);
    if (signer === undefined) return false;
    const found = sets.findIndex(
      (keys, index) => index >= era && keys.some((key) => Buffer.compare(key, signer) === 0),
    );
    if (found < 0) return false;
    era = found;
    return true;
  };
}

/** The raw public key that signed the commit; undefined: none did rightly. */
export function signerOf({ payload, signature }: Commit): Uint8Array | undefined {
  return signature === null ? undefined : sshVerify(payload, signature);
}
