// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes } from '@fairlead/base';
import { Metadata, Signature, type Root, type Snapshot, type Targets, type Timestamp } from '@tufjs/models';
import type { Ed25519Signer } from './ed25519-signer.ts';

/** Edition of the TUF specification that our files state. */
export const specVersion = '1.0.31';

/** TUF's form of a time: UTC with whole seconds. `ms` since 1970, rounded down. */
export function tufTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Signs and writes a file of one role: the same content and keys give the same bytes. */
export function signMetadata(
  signed: Root | Timestamp | Snapshot | Targets,
  signers: readonly Ed25519Signer[],
): Uint8Array {
  const metadata = new Metadata(signed);
  for (const signer of signers) {
    metadata.sign(
      (data) => new Signature({ keyID: signer.keyId, sig: Buffer.from(signer.sign(data)).toString('hex') }),
    );
  }
  return canonicalBytes(metadata.toJSON());
}
