// SPDX-License-Identifier: Apache-2.0
import type { SignedRevision } from '@fairlead/trust/sign';

/** Ids of the keys that signed each file. */
export function readMetadataKeys(signed: SignedRevision | undefined) {
  const idsOf = (bytes: Uint8Array | undefined): readonly string[] => {
    if (bytes === undefined) return [];
    const { signatures } = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      signatures: readonly { readonly keyid: string }[];
    };
    return signatures.map(({ keyid }) => keyid);
  };
  return {
    timestamp: idsOf(signed?.timestamp.bytes),
    snapshot: idsOf(signed?.snapshot.bytes),
    targets: idsOf(signed?.targets.bytes),
  };
}
