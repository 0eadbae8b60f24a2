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
    | {
        readonly leaves: readonly Leaf[];
        readonly hashes: ReadonlyMap<string, readonly [Digest, Uint8Array]>;
        readonly tree: MerkleTree;
      }
    | undefined;
  return (leaves) => {
    const before = last?.hashes;
    const hashes = new Map(
      leaves.map((leaf) => {
        const known = before?.get(leaf.device);
        return [
          leaf.device,
          known?.[0] === leaf.target
            ? known
            : ([leaf.target, leafHash(leafBytes(leaf.device, leaf.target))] as const),
        ] as const;
      }),
    );
    const hashOf = ({ device }: Leaf): Uint8Array => hashes.get(device)?.[1] ?? new Uint8Array();
    const sameDevices =
      last?.leaves.length === leaves.length &&
      leaves.every(({ device }, index) => device === last?.leaves[index]?.device);
    const changed = leaves.flatMap((leaf, index) =>
      last?.leaves[index]?.target === leaf.target ? [] : [[index, hashOf(leaf)] as const],
    );
    // A changed leaf costs one path; beyond a part of the fleet making the tree anew costs less.
    const tree =
      last !== undefined && sameDevices && changed.length * 8 < leaves.length
        ? last.tree.with(new Map(changed))
        : createMerkleTree(leaves.map(hashOf));
    last = { leaves, hashes, tree };
    return tree;
  };
}
