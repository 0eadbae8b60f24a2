// SPDX-License-Identifier: Apache-2.0
import { nodeHash } from './merkle.ts';

export interface Inclusion {
  /** Hash of the leaf (`leafHash`). */
  readonly leaf: Uint8Array;
  readonly index: number;
  /** Number of leaves of the tree. */
  readonly count: number;
  /** Audit path, from the leaf's sibling upwards. */
  readonly proof: readonly Uint8Array[];
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** Whether the leaf is at `index` of the tree with this root and size: RFC 9162, section 2.1.3.2. */
export function verifyInclusion({ leaf, index, count, proof, root }: Inclusion): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count) || index < 0 || index >= count)
    return false;
  let [node, last, hash] = [index, count - 1, leaf];
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== 32) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && Buffer.compare(hash, root) === 0;
}
