// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes, FairleadError, type Digest } from '@fairlead/base';
import { createHash } from 'node:crypto';

/** The Merkle tree of RFC 6962, section 2.1, over leaf hashes. Immutable. */
export interface MerkleTree {
  readonly count: number;
  /** 32 bytes. Of no leaves: SHA-256 of the empty string. */
  readonly root: Uint8Array;
  /** Audit path of one leaf (RFC 6962, section 2.1.1), from the leaf's sibling upwards. */
  proof(index: number): readonly Uint8Array[];
  /** The tree with some leaf hashes replaced; each costs one path, the rest is shared. */
  with(changes: ReadonlyMap<number, Uint8Array>): MerkleTree;
}

type Level = readonly Uint8Array[];

/** What a leaf says: canonical JSON of device id and target digest. */
export function leafBytes(device: string, target: Digest): Uint8Array {
  return canonicalBytes({ device, target });
}

/** Leaves and nodes are hashed apart (0x00 and 0x01), so that a node never passes for a leaf. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  return createHash('sha256').update(leafPrefix).update(leaf).digest();
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update(nodePrefix).update(left).update(right).digest();
}

/** `leaves`: their hashes (`leafHash`), in order. */
export function createMerkleTree(leaves: readonly Uint8Array[]): MerkleTree {
  const levels: Level[] = [leaves];
  for (let below = leaves; below.length > 1;) {
    const nodes = below;
    below = Array.from({ length: Math.ceil(nodes.length / 2) }, (_, index) => parent(nodes, index));
    levels.push(below);
  }
  return treeOf(levels);
}

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

function treeOf(levels: readonly Level[]): MerkleTree {
  const leaves = levels[0] ?? [];
  return {
    count: leaves.length,
    root: levels.at(-1)?.[0] ?? createHash('sha256').digest(),
    proof(index) {
      assertIndex(index, leaves.length);
      return levels.flatMap((level, height) => level[(index >> height) ^ 1] ?? []);
    },
    with(changes) {
      const copies = levels.map((level) => [...level]);
      for (const [index, hash] of changes) {
        assertIndex(index, leaves.length);
        copies.forEach((level, height) => {
          const below = copies[height - 1];
          level[index >> height] = below === undefined ? hash : parent(below, index >> height);
        });
      }
      return treeOf(copies);
    },
  };
}

/** A node without a right sibling stands for itself one level up: this gives the left-full trees of the RFC. */
function parent(below: Level, index: number): Uint8Array {
  const left = below[2 * index];
  const right = below[2 * index + 1];
  if (left === undefined) throw new FairleadError({ code: 'internal', message: `no node ${2 * index}` });
  return right === undefined ? left : nodeHash(left, right);
}

function assertIndex(index: number, count: number): void {
  if (Number.isSafeInteger(index) && index >= 0 && index < count) return;
  throw new FairleadError({ code: 'internal', message: `no leaf ${index} of ${count}` });
}
