// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { tempDir } from '@fairlead/testing';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { emptyBook } from './book.ts';
import { openJournalFile } from './journal-file.ts';
import type { JournalRecord } from './journal-record.ts';
import { openJournal, type Journal } from './journal.ts';
import { parseRecord } from './stored-record.ts';

const desired = { revision: sha256('r'), counter: 1, target: sha256('t') };
const unit = { domain: 'jobs', name: 'a' } as const;
const failure = { code: 'start-failed', message: 'ended with 1', unit } as const;
const outcome = {
  id: 1,
  ...desired,
  previous: null,
  result: 'rolled-back',
  code: 'start-failed',
  message: 'ended with 1',
  units: [{ ...unit, result: 'failed', code: 'start-failed', message: 'ended with 1' }],
} as const;

/** One transaction with everything that can be said about it. */
const story: readonly JournalRecord[] = [
  { kind: 'boot', boot: 'b1' },
  { kind: 'noted', desired, open: true },
  { kind: 'stage', id: 1, desired },
  { kind: 'staging', ...unit, digest: sha256('u') },
  { kind: 'staged', ...unit, digest: sha256('u') },
  {
    kind: 'apply',
    boot: 'b1',
    steps: [
      { kind: 'stop', ...unit, digest: null },
      { kind: 'switch', ...unit, from: null, to: sha256('u') },
      { kind: 'activate', ...unit, digest: sha256('u') },
    ],
  },
  { kind: 'begun', count: 3 },
  { kind: 'done', count: 2 },
  { kind: 'back', boot: 'b1', failure, steps: [{ kind: 'stop', ...unit, digest: null }] },
  { kind: 'begun', count: 1 },
  { kind: 'stuck', failure: { ...unit, code: 'stop-failed', message: 'does not end' } },
  { kind: 'done', count: 1 },
  {
    kind: 'end',
    outcome: { ...outcome, result: 'inconsistent' },
    failed: { target: desired.target, code: 'start-failed', message: '', agentVersion: '1' },
  },
  { kind: 'repaired' },
  { kind: 'cleaned' },
  { kind: 'retry' },
  { kind: 'acknowledged', id: 1 },
];

async function openAt(path: string): Promise<Journal> {
  const file = openJournalFile(path);
  onTestFinished(() => file.close());
  return openJournal(file, async () => true);
}

describe('when records are written', () => {
  it('knows the same after each of them when it is opened again, compacted or not', async () => {
    const path = join(await tempDir(), 'journal');
    const journal = await openAt(path);
    for (const record of story) {
      await journal.write(record);

      expect((await openAt(path)).book(), record.kind).toEqual(journal.book());
    }
    const last = journal.book();
    await journal.compact();

    expect((await openAt(path)).book()).toEqual(last);
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(1);
  });

  it('reads back every kind of record as it was', () => {
    for (const record of [...story, { kind: 'head', format: 1, book: emptyBook }]) {
      expect(parseRecord(JSON.stringify(record))).toEqual({ ok: true, value: record });
    }
  });

  it('writes nothing that contradicts what is known', async () => {
    const path = join(await tempDir(), 'journal');
    const journal = await openAt(path);

    await expect(journal.write({ kind: 'apply', boot: 'b1', steps: [] })).rejects.toMatchObject({
      code: 'internal',
    });

    expect((await openAt(path)).book()).toEqual(emptyBook);
  });

  it('is compacted when it is opened with many lines', async () => {
    const path = join(await tempDir(), 'journal');
    const journal = await openAt(path);
    for (let counter = 1; counter <= 260; counter += 1)
      await journal.write({ kind: 'noted', desired: { ...desired, counter }, open: true });

    const again = await openAt(path);

    expect(again.book()).toEqual(journal.book());
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(1);
  });
});

describe('when the journal is of another agent', () => {
  it('refuses a later format and leaves the file alone', async () => {
    const path = join(await tempDir(), 'journal');
    const head = JSON.stringify({ kind: 'head', format: 2, tome: {} });
    await writeFile(path, `${head}\n`);

    await expect(openAt(path)).rejects.toMatchObject({ code: 'unsupported' });
    expect(await readFile(path, 'utf8')).toBe(`${head}\n`);
  });

  it('takes a code that it does not know for its own most general one', () => {
    const of = (code: string) => ({ kind: 'back', boot: 'b', failure: { ...failure, code }, steps: [] });

    expect(parseRecord(JSON.stringify(of('brand-new')))).toEqual({ ok: true, value: of('internal') });
  });
});
