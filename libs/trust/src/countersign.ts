// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes, ok, type Result } from '@fairlead/base';
import { Signature } from '@tufjs/models';
import type { Ed25519Signer } from './ed25519-signer.ts';
import { readMetadata, type RoleName } from './metadata.ts';
import type { TrustRefusal } from './refusal.ts';

/**
 * Adds signatures to a file that others may have signed before: so m of n holders sign one file, each on a machine of their own. What
 * is signed stays as it is, and so do the signatures that it carries; whose they are is judged elsewhere.
 */
export function countersign(
  role: RoleName,
  bytes: Uint8Array,
  signers: readonly Ed25519Signer[],
): Result<Uint8Array, TrustRefusal> {
  const file = readMetadata(role, bytes);
  if (!file.ok) return file;
  const { metadata } = file.value;
  for (const signer of signers) {
    metadata.sign(
      (data) => new Signature({ keyID: signer.keyId, sig: Buffer.from(signer.sign(data)).toString('hex') }),
    );
  }
  return ok(canonicalBytes(metadata.toJSON()));
}
