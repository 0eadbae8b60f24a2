// SPDX-License-Identifier: Apache-2.0
import { silentLogger, type Logger } from '@fairlead/base';
import { createFaultDisk, PowerCut } from '@fairlead/git/faults';
import { realDisk, type Disk } from '@fairlead/git';
import { createFakeClock, git, tempDir, type FakeClock } from '@fairlead/testing';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bareRepository,
  declareDead,
  deviceReceipts,
  fsck,
  lines,
  newLog,
  openedLog,
  signer,
  whileRunning,
} from './fleet-log.fixture.ts';
import { readFleetLog } from './read-log.ts';
import { createReceiptLog, type ReceiptLog, type VerifiedReceipt } from './receipt-log.ts';

const prefix = 'refs/fairlead/receipts/';
const signal = new AbortController().signal;
const november = Date.UTC(2026, 10, 30, 23, 59);
const day = 86_400_000;
/** With FAIRLEAD_LONG=1 the disk fails at each of its calls, else at every third. */
const everyCut = process.env['FAIRLEAD_LONG'] === '1' ? 1 : 3;

interface Opened {
  readonly log: ReceiptLog;
  readonly clock: FakeClock;
  /** Receipts that were shown when it was opened. */
  readonly shown: readonly Uint8Array[];
}

interface Options {
  readonly replica?: string;
  readonly now?: number;
  readonly disk?: Disk;
  readonly branch?: string;
}

/** Segments of 3,000 bytes: three receipts, or four. */
async function open(dir: string, { replica = 'a', now = november, disk = realDisk, branch }: Options = {}) {
  const { repository } = await newLog(dir, { disk });
  const clock = createFakeClock(now);
  const log = createReceiptLog({
    repository,
    prefix: branch === undefined ? prefix : `refs/fairlead/receipts-${branch}/`,
    replica,
    signer,
    trusted: () => [[signer.publicKey]],
    clock,
    segmentBytes: 3_000,
  });
  const shown: Uint8Array[] = [];
  const read = await log.sync((envelope) => shown.push(envelope));
  if (!read.ok) throw new Error(`${read.error.code}: ${read.error.message}`);
  return { log, clock, shown } satisfies Opened;
}

async function write({ log }: Opened, ...receipts: readonly VerifiedReceipt[]): Promise<void> {
  expect(await log.write(receipts, signal)).toEqual({ ok: true, value: undefined });
}

async function segmentsOf(dir: string): Promise<readonly string[]> {
  const refs = await lines(dir, 'for-each-ref', '--format=%(refname)', prefix);
  return refs.map((ref) => ref.slice(prefix.length));
}

/** Every receipt that a reader finds, sorted. */
async function found(dir: string): Promise<readonly string[]> {
  const entries = await readFleetLog((await newLog(dir)).repository, 'main');
  if (!entries.ok) throw new Error(entries.error.message);
  return entries.value
    .flatMap((entry) => (entry.kind === 'receipt' ? [`${entry.receipt.device} ${entry.receipt.seq}`] : []))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

const firstCommit = async (dir: string, ref: string): Promise<string> =>
  (await lines(dir, 'rev-list', '--max-parents=0', prefix + ref))[0] ?? '';

async function startOf(dir: string, ref: string) {
  const text = await git(dir, 'show', `${await firstCommit(dir, ref)}:segment.json`);
  return JSON.parse(text) as { segment: string; previous: Record<string, string>; bytesBefore: number };
}

const upTo = (device: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${device} ${i + 1}`);

describe('when receipts come in over months, and more of them than a segment holds', () => {
  it('walk from segment to segment, over restarts, and none is lost or doubled on the way', async () => {
    const dir = await bareRepository();
    const [d, e] = [deviceReceipts('d'), deviceReceipts('e')];
    let at = await open(dir);
    for (let i = 0; i < 6; i += 1) {
      await write(at, d.next());
      if (i % 2 === 1) at = await open(dir, { now: at.clock.now() });
    }
    at.clock.jump(day);
    await write(at, e.next());
    at = await open(dir, { now: at.clock.now() + 31 * day });
    for (let i = 0; i < 6; i += 1) await write(at, d.next(), e.next());
    expect(await segmentsOf(dir)).toEqual([
      '2026-11.2/a',
      '2026-11/a',
      '2026-12/a',
      '2027-01.2/a',
      '2027-01.3/a',
      '2027-01/a',
    ]);
    expect(await found(dir)).toEqual([...upTo('d', 12), ...upTo('e', 7)]);
    const again = await open(dir, { now: at.clock.now() });
    expect([again.log.position('d')?.seq, again.log.position('e')?.seq]).toEqual([12, 7]);
    expect(again.shown.length).toBeLessThan(5);
    for (const name of await segmentsOf(dir)) await git(dir, 'verify-commit', prefix + name);
    await fsck(dir);
  });

  it('say in the first commit of each what stood before: ends, places and size', async () => {
    const dir = await bareRepository();
    const d = deviceReceipts('d');
    const at = await open(dir);
    const receipts = Array.from({ length: 5 }, () => d.next());
    for (const receipt of receipts) await write(at, receipt);
    const [end = ''] = await lines(dir, 'rev-parse', `${prefix}2026-11/a`);
    const { previous, bytesBefore, segment } = await startOf(dir, '2026-11.2/a');
    expect({ segment, previous }).toEqual({
      segment: '2026-11.2',
      previous: { [`${prefix}2026-11/a`]: end },
    });
    const count = (await lines(dir, 'rev-list', `${prefix}2026-11/a`)).length;
    const bytes = receipts.slice(0, count).reduce((sum, { envelope }) => sum + envelope.length + 1, 0);
    expect(bytesBefore).toBe(bytes);
    expect((await open(dir)).log.totalBytes()).toBe(at.log.totalBytes());
    const [checkpoint = ''] = await lines(
      dir,
      'show',
      `${await firstCommit(dir, '2026-11.2/a')}:checkpoint.jsonl`,
    );
    expect(JSON.parse(checkpoint)).toMatchObject({ device: 'd', instance: 'one', seq: count });
  });

  it('are read as they were by a server whose clock is a month behind', async () => {
    const dir = await bareRepository();
    const d = deviceReceipts('d');
    await write(await open(dir, { now: november + day }), d.next());
    const late = await open(dir, { replica: 'b' });
    await write(late, d.next());
    expect(await segmentsOf(dir)).toEqual(['2026-12/a', '2026-12/b']);
    expect((await open(dir)).log.position('d')?.seq).toBe(2);
  });

  it('keep each branch by itself', async () => {
    const dir = await bareRepository();
    await write(await open(dir, { branch: 'line%2F2' }), deviceReceipts('d').next());
    expect(await segmentsOf(dir)).toEqual([]);
    expect(await lines(dir, 'for-each-ref', '--format=%(refname)', 'refs/fairlead')).toEqual([
      'refs/fairlead/receipts-line%2F2/2026-11/a',
    ]);
  });
});

describe('when two servers meet the end of a segment', () => {
  it('counts what one still wrote into it after the other had begun the next', async () => {
    const dir = await bareRepository();
    const [d, e] = [deviceReceipts('d'), deviceReceipts('e')];
    const [a, b] = [await open(dir), await open(dir, { replica: 'b' })];
    await write(a, d.next());
    await write(b, e.next());
    // As the other's write reaches Git only now, although it was made before.
    const [end = ''] = await lines(dir, 'rev-parse', `${prefix}2026-11/b`);
    await write(b, e.next());
    const [straggler = ''] = await lines(dir, 'rev-parse', `${prefix}2026-11/b`);
    await git(dir, 'update-ref', `${prefix}2026-11/b`, end);
    const begun = await open(dir, { now: november + day });
    await write(begun, d.next());
    await git(dir, 'update-ref', `${prefix}2026-11/b`, straggler);
    const fresh = await open(dir, { replica: 'c', now: november + day });
    expect([fresh.log.position('d')?.seq, fresh.log.position('e')?.seq]).toEqual([2, 2]);
    expect(fresh.shown).toHaveLength(2);
    await begun.log.sync(() => undefined);
    expect(begun.log.position('e')?.seq).toBe(2);
    await write(b, e.next());
    expect(await found(dir)).toEqual([...upTo('d', 2), ...upTo('e', 3)]);
    const next = await open(dir, { now: november + day });
    expect([next.log.position('d')?.seq, next.log.position('e')?.seq]).toEqual([2, 3]);
  });
});

describe('when the server dies as it begins a segment', () => {
  it.each(['kill', 'power'] as const)(
    'loses nothing, doubles nothing, and begins it once (%s)',
    async (kind) => {
      const template = await bareRepository();
      const d = deviceReceipts('d');
      const [one, two, three] = [d.next(), d.next(), d.next()];
      await write(await open(template), one);
      const copy = async (): Promise<string> => {
        const dir = join(await tempDir('cut'), 'repo.git');
        await cp(template, dir, { recursive: true });
        return dir;
      };
      const now = november + day;
      const counting = createFaultDisk({ cutAt: Infinity, kind });
      await write(await open(await copy(), { now, disk: counting }), two);
      expect(counting.calls()).toBeGreaterThan(30);
      for (let cutAt = 1; cutAt <= counting.calls(); cutAt += everyCut) {
        const dir = await copy();
        const dying = await open(dir, { now, disk: createFaultDisk({ cutAt, kind }) });
        await expect(dying.log.write([two], signal)).rejects.toThrow(PowerCut);
        await declareDead(dir);
        const next = await open(dir, { now });
        // Not acknowledged, so the device sends it again.
        await write(next, two);
        await write(next, three);
        expect(await found(dir)).toEqual(upTo('d', 3));
        expect(await segmentsOf(dir)).toEqual(['2026-11/a', '2026-12/a']);
        expect((await startOf(dir, '2026-12/a')).previous).toHaveProperty([`${prefix}2026-11/a`]);
        if (cutAt % 5 === 0) await git(dir, 'gc', '-q', '--prune=now');
        await fsck(dir);
      }
    },
    120_000,
  );
});

describe('when receipts make the fleet repository large', () => {
  it('advises a repository of their own, once in a process and again in the next', async () => {
    const dir = await bareRepository();
    const d = deviceReceipts('d');
    const said: unknown[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (message, fields) => said.push([message, fields?.['code']]),
    };
    const options = { logger, largeReceipts: 2_000 };
    const { log } = await openedLog(dir, options);
    await whileRunning(log, async () => {
      await log.receipts.store(d.next());
      expect(said).toEqual([]);
      await log.receipts.store(d.next());
      await log.receipts.store(d.next());
      await log.receipts.store(d.next());
    });
    const advice = [expect.stringMatching(/^receipts take .* of the fleet repository$/), 'log-large'];
    expect(said).toEqual([advice]);
    await openedLog(dir, options);
    expect(said).toEqual([advice, advice]);
  });
});
