// SPDX-License-Identifier: Apache-2.0
import { commitBytes, withSignature, type Commit, type NewCommit } from './commit-object.ts';
import type { WriteObject } from './object-writer.ts';
import { sshSign, sshVerify, type Ed25519Signer } from './sshsig.ts';

/** Stores a commit, signed if there is a signer, and returns its name. No reference is moved. */
export async function writeCommit(
  write: WriteObject,
  commit: NewCommit,
  signer?: Ed25519Signer,
): Promise<string> {
  const bytes = commitBytes(commit);
  return write('commit', signer === undefined ? bytes : withSignature(bytes, await sshSign(bytes, signer)));
}

/** Whether one of these raw Ed25519 public keys signed the commit, in SSH form. */
export function isSignedBy(commit: Commit, publicKeys: readonly Uint8Array[]): boolean {
  if (commit.signature === null) return false;
  const signer = sshVerify(commit.payload, commit.signature);
  return signer !== undefined && publicKeys.some((key) => Buffer.compare(key, signer) === 0);
}
