// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { createMerkleTree, leafBytes, leafHash, type MerkleTree } from '@fairlead/trust/verify';

interface Leaf {
  readonly device: string;
  readonly target: Digest;
}

/** Makes the Merkle tree of a list of leaves; what equals the list before is not hashed again. */
export type TreeMaker = (leaves: readonly Leaf[]) => MerkleTree;

export function createTreeMaker(): TreeMaker {
  let last:
    | { readonly leaves: readonly Leaf[]; readonly hashes: readonly Uint8Array[]; readonly tree: MerkleTree }
    | undefined;
  return (leaves) => {
    const hashes = last === undefined ? leaves.map(hashOf) : hashesFrom(last, leaves);
    const isSameFleet =
      last?.leaves.length === leaves.length &&
      leaves.every(({ device }, index) => device === last?.leaves[index]?.device);
    const changed = [...hashes.entries()].filter(([index, hash]) => hash !== last?.hashes[index]);
    // A changed leaf costs one path; beyond a part of the fleet making the tree anew costs less.
    const tree =
      last !== undefined && isSameFleet && changed.length * 8 < leaves.length
        ? last.tree.with(new Map(changed))
        : createMerkleTree(hashes);
    last = { leaves, hashes, tree };
    return tree;
  };
}

function hashOf({ device, target }: Leaf): Uint8Array {
  return leafHash(leafBytes(device, target));
}

/** Both lists are in the order of devices, so one walk finds what they have in common. */
function hashesFrom(
  before: { readonly leaves: readonly Leaf[]; readonly hashes: readonly Uint8Array[] },
  leaves: readonly Leaf[],
): readonly Uint8Array[] {
  let at = 0;
  return leaves.map((leaf) => {
    while ((before.leaves[at]?.device ?? leaf.device) < leaf.device) at += 1;
    const known = before.leaves[at];
    const isKnown = known?.device === leaf.device && known.target === leaf.target;
    return (isKnown ? before.hashes[at] : undefined) ?? hashOf(leaf);
  });
}
