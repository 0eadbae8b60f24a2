// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMerkleTree, leafBytes, leafHash, verifyInclusion } from './verify.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Leaves, roots and audit paths of the Certificate Transparency reference tests. */
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((text) => leafHash(Buffer.from(text, 'hex')));
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const paths = [
  { index: 0, count: 1, path: [] },
  {
    index: 0,
    count: 8,
    path: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    index: 5,
    count: 8,
    path: [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  { index: 2, count: 3, path: ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'] },
  {
    index: 1,
    count: 5,
    path: [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
];

describe('when a Merkle tree is built over the published leaves', () => {
  it.each(roots.map((root, count) => ({ root, count })))(
    'has the published root of $count leaves',
    ({ root, count }) => {
      expect(hex(createMerkleTree(leaves.slice(0, count)).root)).toBe(root);
    },
  );

  it.each(paths)(
    'gives and accepts the published path of leaf $index of $count',
    ({ index, count, path }) => {
      const proof = createMerkleTree(leaves.slice(0, count)).proof(index);
      expect(proof.map(hex)).toEqual(path);
      const published = {
        leaf: leaves[index]!,
        index,
        count,
        proof: path.map((text) => Buffer.from(text, 'hex')),
        root: Buffer.from(roots[count]!, 'hex'),
      };
      expect(verifyInclusion(published)).toBe(true);
    },
  );
});

const trees = fc
  .integer({ min: 1, max: 70 })
  .map((count) =>
    createMerkleTree(
      Array.from({ length: count }, (_, index) => leafHash(leafBytes(`device-${index}`, `sha256:${index}`))),
    ),
  );
const treesWithIndex = trees.chain((tree) =>
  fc.record({ tree: fc.constant(tree), index: fc.nat(tree.count - 1) }),
);
const leafOf = (index: number): Uint8Array => leafHash(leafBytes(`device-${index}`, `sha256:${index}`));

describe('when inclusion is proven', () => {
  it('holds for every leaf of every tree', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        for (let index = 0; index < tree.count; index += 1) {
          expect(
            verifyInclusion({
              leaf: leafOf(index),
              index,
              count: tree.count,
              proof: tree.proof(index),
              root: tree.root,
            }),
          ).toBe(true);
        }
      }),
    );
  });

  it('fails when any bit of leaf, path or root is flipped', () => {
    fc.assert(
      fc.property(treesWithIndex, fc.nat(), ({ tree, index }, seed) => {
        const parts = [leafOf(index), tree.root, ...tree.proof(index)].map((part) => Buffer.from(part));
        const part = parts[seed % parts.length]!;
        part[(seed >> 3) % 32]! ^= 1 << (seed & 7);
        const [leaf, root, ...proof] = parts;
        expect(verifyInclusion({ leaf: leaf!, index, count: tree.count, proof, root: root! })).toBe(false);
      }),
    );
  });

  it('fails at any other place, in a path too short or too long, and out of range', () => {
    fc.assert(
      fc.property(treesWithIndex, fc.integer({ min: -2, max: 80 }), ({ tree, index }, other) => {
        const claim = {
          leaf: leafOf(index),
          index,
          count: tree.count,
          proof: tree.proof(index),
          root: tree.root,
        };
        if (other !== index) expect(verifyInclusion({ ...claim, index: other })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: [...claim.proof, leafOf(0)] })).toBe(false);
        if (claim.proof.length > 0)
          expect(verifyInclusion({ ...claim, proof: claim.proof.slice(1) })).toBe(false);
        expect(verifyInclusion({ ...claim, count: 0 })).toBe(false);
        expect(verifyInclusion({ ...claim, index: index + 0.5 })).toBe(false);
      }),
    );
  });

  it('never lets a node pass for a leaf', () => {
    const tree = createMerkleTree(leaves.slice(0, 4));
    const [, left] = tree.proof(3);
    expect(
      verifyInclusion({ leaf: left!, index: 0, count: 2, proof: [tree.proof(0)[1]!], root: tree.root }),
    ).toBe(true);
    const content = Buffer.concat([leaves[0]!, leaves[1]!]);
    expect(
      verifyInclusion({
        leaf: leafHash(content),
        index: 0,
        count: 2,
        proof: [tree.proof(0)[1]!],
        root: tree.root,
      }),
    ).toBe(false);
  });
});

describe('when some leaves change', () => {
  it('is the tree built anew, and leaves the old one as it was', () => {
    fc.assert(
      fc.property(trees, fc.array(fc.nat(), { maxLength: 8 }), (tree, places) => {
        const all = Array.from({ length: tree.count }, (_, index) => leafOf(index));
        const changes = new Map(
          places.map((place) => [place % tree.count, leafHash(Buffer.from(`changed ${place}`))]),
        );
        const before = hex(tree.root);
        const changed = tree.with(changes);
        expect(hex(changed.root)).toBe(
          hex(createMerkleTree(all.map((leaf, index) => changes.get(index) ?? leaf)).root),
        );
        expect(hex(tree.root)).toBe(before);
      }),
    );
  });
});
