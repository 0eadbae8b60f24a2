// SPDX-License-Identifier: Apache-2.0
import { openRepository } from '@fairlead/git';
import type { RevisionRecord } from '@fairlead/log';
import { git, systemClock, tempDir } from '@fairlead/testing';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seedGeneration } from './seed-generation.ts';

/** The generation number that a commit has after a record with this counter was seeded. */
async function seeded(history: string | undefined, counter: number): Promise<number | undefined> {
  const dir = await tempDir('seed');
  await git(dir, 'init', '-q', '-b', 'main');
  await git(dir, 'commit', '-q', '--allow-empty', '-m', 'first');
  await mkdir(join(dir, 'trust'));
  await writeFile(join(dir, 'trust', 'other.json'), '{}');
  if (history !== undefined) await writeFile(join(dir, 'trust', 'history.json'), history);
  await git(dir, 'add', '-A');
  await git(dir, 'commit', '-q', '-m', 'second');
  const commit = (await git(dir, 'rev-parse', 'HEAD')).trim();
  const opened = await openRepository(dir, { clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const revision = { commit } as RevisionRecord;
  await seedGeneration(opened.value, { revision, counter });
  const generation = await opened.value.ancestry.generation(commit);
  return generation.ok ? generation.value : undefined;
}

describe('when a server starts over a log with a revision', () => {
  it('takes the generation number from its counter and the offset of its own tree', async () => {
    expect(await seeded(undefined, 1000)).toBe(1000);
    expect(await seeded('{"offset": 40}', 1000)).toBe(960);
  });

  it('reads the history where the record cannot say it', async () => {
    expect(await seeded('{"offset": "many"}', 1000)).toBe(2);
    expect(await seeded('{', 1000)).toBe(2);
    expect(await seeded('{"offset": 1000}', 1000)).toBe(2);
  });
});
