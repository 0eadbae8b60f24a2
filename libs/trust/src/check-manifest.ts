// SPDX-License-Identifier: Apache-2.0
import { digestHex, type Digest } from '@fairlead/base';
import type { HeldTrust } from './held-trust.ts';
import { verifyInclusion } from './inclusion.ts';
import { limits } from './limits.ts';
import { parseManifest, revisionId, type Manifest } from './manifest.ts';
import { leafBytes, leafHash } from './merkle.ts';
import { refusal, type TrustRefusal } from './refusal.ts';

/** Against an answer that does not end, before anything is read or hashed. */
export function checkSizes(manifest: Uint8Array, proof: readonly Uint8Array[]): TrustRefusal | undefined {
  if (manifest.length > limits.metadata)
    return refusal('endless-data', `manifest is larger than ${limits.metadata} bytes`);
  return proof.length > limits.proof
    ? refusal('endless-data', `proof has more than ${limits.proof} hashes`)
    : undefined;
}

/** Against a revision that was signed for someone else with the same keys. */
export function checkFleet(manifest: Manifest, held: HeldTrust): TrustRefusal | undefined {
  if (manifest.fleet !== held.fleet) return refusal('wrong-device', 'the manifest is of another fleet');
  if (held.branch === null || manifest.branch === held.branch) return undefined;
  return refusal(
    'wrong-device',
    `the manifest is of branch ${manifest.branch}, this device follows ${held.branch}`,
  );
}

/** Against an earlier revision (rollback) and against two histories (equivocation): the counter rises, and has one digest. */
export function checkCounter(
  manifest: Manifest,
  revision: Digest,
  held: HeldTrust,
): TrustRefusal | undefined {
  if (held.manifest === null) return undefined;
  const bytes = Buffer.from(held.manifest, 'utf8');
  const last = parseManifest(bytes);
  if (!last.ok || manifest.counter > last.value.counter) return undefined;
  if (manifest.counter < last.value.counter) {
    return refusal('rollback', `counter ${manifest.counter} is below the one held, ${last.value.counter}`);
  }
  if (revision === revisionId(bytes)) return undefined;
  return refusal('equivocation', `there is another manifest with counter ${manifest.counter}`);
}

export interface Leaf {
  readonly device: string;
  readonly target: Digest;
  readonly index: number;
  readonly proof: readonly Uint8Array[];
}

/** Against the target state of another device: the leaf of this one, with this target, must be under the manifest's root. */
export function checkLeaf(
  manifest: Manifest,
  { device, target, index, proof }: Leaf,
): TrustRefusal | undefined {
  const included = verifyInclusion({
    leaf: leafHash(leafBytes(device, target)),
    index,
    count: manifest.devices,
    proof,
    root: Buffer.from(digestHex(manifest.root), 'hex'),
  });
  return included
    ? undefined
    : refusal('wrong-device', `the manifest does not give this target state to device ${device}`);
}
