// SPDX-License-Identifier: Apache-2.0
import { git, systemClock, tempDir } from '@fairlead/testing';
import fc from 'fast-check';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBatchParser } from './batch-parser.ts';
import { readBlobs } from './bulk-blobs.ts';
import { openRepository, type Repository } from './repository.ts';

const signal = new AbortController().signal;

async function repositoryOf(
  count: number,
): Promise<{ readonly dir: string; readonly repository: Repository; readonly oids: string[] }> {
  const dir = await tempDir('bulk');
  await git(dir, 'init', '-q', '-b', 'main');
  await mkdir(join(dir, 'files'));
  for (let i = 0; i < count; i += 1)
    await writeFile(join(dir, 'files', String(i)), `${'line\n'.repeat(i)}end ${String(i)}`);
  await writeFile(join(dir, 'empty'), '');
  await writeFile(join(dir, 'large'), 'x'.repeat(100_000));
  await git(dir, 'add', '.');
  await git(dir, 'commit', '-qm', 'files');
  const repository = await openRepository(dir, { clock: systemClock });
  if (!repository.ok) throw new Error(repository.error.message);
  const oids = (await git(dir, 'ls-tree', '-r', '--format=%(objectname)', 'HEAD')).trim().split('\n');
  return { dir, repository: repository.value, oids };
}

function comparable(
  found: ReadonlyMap<string, { ok: boolean; value?: Uint8Array; error?: { code: string } }>,
): unknown {
  return [...found].map(([oid, blob]) => [
    oid,
    blob.ok ? Buffer.from(blob.value ?? []).toString('hex') : blob.error?.code,
  ]);
}

describe('when many blobs are read', () => {
  for (const packed of [false, true]) {
    it(`gives the same with and without git, from ${packed ? 'packs' : 'loose objects'}`, async () => {
      const { dir, repository, oids } = await repositoryOf(60);
      if (packed) await git(dir, 'gc', '-q');
      const asked = [...oids, 'ab'.repeat(20), (await git(dir, 'rev-parse', 'HEAD')).trim()];
      const { commonDir, objects } = repository;
      const fast = await readBlobs(commonDir, objects, asked, { maxBytes: 50_000, signal });
      const slow = await readBlobs(commonDir, objects, asked, { maxBytes: 50_000, signal, useGit: false });
      expect(comparable(fast)).toEqual(comparable(slow));
      const codes = [...fast.values()].flatMap((blob) => (blob.ok ? [] : [blob.error.code]));
      expect(codes.sort()).toEqual(['file-too-large', 'object-corrupt', 'object-corrupt']);
    });
  }

  it('tells of a corrupt one and reads the rest', async () => {
    const { dir, repository, oids } = await repositoryOf(60);
    const [victim = ''] = oids.slice(20);
    const path = join(dir, '.git/objects', victim.slice(0, 2), victim.slice(2));
    await chmod(path, 0o644);
    await writeFile(path, 'broken');
    const found = await repository.blobs(oids, { maxBytes: 200_000, signal });
    expect(found.size).toBe(oids.length);
    expect([...found].filter(([, blob]) => !blob.ok).map(([oid]) => oid)).toEqual([victim]);
  });
});

describe('when the stream of git cat-file comes in pieces', () => {
  it('gives every blob whole, however it is cut', () => {
    const blobs = fc.array(
      fc.record({ oid: fc.stringMatching(/^[0-9a-f]{40}$/), text: fc.string({ maxLength: 40 }) }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(blobs, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (parts, cuts) => {
        const stream = Buffer.concat(
          parts.flatMap(({ oid, text }) => {
            const content = Buffer.from(text);
            return [Buffer.from(`${oid} blob ${String(content.length)}\n`), content, Buffer.from('\n')];
          }),
        );
        const seen: [string, string][] = [];
        const feed = createBatchParser(25, (object) =>
          seen.push([object?.oid ?? 'missing', object?.content?.toString() ?? 'too-large']),
        );
        for (let at = 0, i = 0; at < stream.length; i += 1) {
          const step = cuts[i % cuts.length] ?? 1;
          feed(stream.subarray(at, at + step));
          at += step;
        }
        expect(seen).toEqual(
          parts.map(({ oid, text }) => [oid, Buffer.byteLength(text) > 25 ? 'too-large' : text]),
        );
      }),
    );
  });
});
