// SPDX-License-Identifier: Apache-2.0
import { git, systemClock, tempDir } from '@fairlead/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openRepository } from '../repository.ts';
import { writeCommit } from '../signed-commit.ts';
import { treeBytes, type TreeEntry } from '../tree-object.ts';
import { objectsToSend } from './objects-to-send.ts';

const author = { name: 'Test', email: 'test@example.org' };
const names = fc.constantFrom('a', 'b', 'c');
const files = fc.dictionary(names, fc.dictionary(names, fc.nat(3), { maxKeys: 3 }), { maxKeys: 3 });
/** Each commit's folders and files, and how far back its parents are. */
const graph = fc.array(
  fc.record({ files, parents: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }) }),
  {
    minLength: 1,
    maxLength: 8,
  },
);

describe('when objects are pushed', () => {
  it('holds everything that git would send, whatever the graph and the trees', async () => {
    const dir = await tempDir('objects');
    await git(dir, 'init', '-q', '--bare');
    const opened = await openRepository(dir, { clock: systemClock });
    if (!opened.ok) throw new Error(opened.error.message);
    const repository = opened.value;
    const write = repository.writeObject;
    const entry =
      (kind: 'file' | 'tree') =>
      (name: string, oid: string): TreeEntry => ({ name, kind, executable: false, oid });

    await fc.assert(
      fc.asyncProperty(graph, fc.nat(7), async (commits, at) => {
        const made: string[] = [];
        for (const { files: folders, parents } of commits) {
          const top: TreeEntry[] = [];
          for (const [folder, content] of Object.entries(folders)) {
            const inner: TreeEntry[] = [];
            for (const [name, number] of Object.entries(content))
              inner.push(entry('file')(name, await write('blob', Buffer.from(String(number)))));
            top.push(entry('tree')(folder, await write('tree', treeBytes(inner))));
          }
          const tree = await write('tree', treeBytes(top));
          const above = parents.flatMap((back) => made.at(-back) ?? []);
          const message = `${String(made.length)}\n`;
          made.push(
            await writeCommit(write, { tree, parents: above, author, seconds: 1_780_000_000, message }),
          );
        }
        const commit = made.at(-1) ?? '';
        const base = made.slice(0, -1).at(at % made.length) ?? null;
        const sent = await objectsToSend(repository, commit, base);
        if (!sent.ok) throw new Error(sent.error.message);
        const without = base === null ? [] : ['--not', base];
        const wanted = (await git(dir, 'rev-list', '--objects', '--no-object-names', commit, ...without))
          .split('\n')
          .filter((oid) => oid !== '');
        expect(wanted.filter((oid) => !sent.value.includes(oid))).toEqual([]);
        // What the base has is not sent again.
        expect(sent.value.filter((oid) => oid === base)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
