// SPDX-License-Identifier: Apache-2.0
import { createFaultDisk, PowerCut } from '@fairlead/git/faults';
import { realDisk, type Disk } from '@fairlead/git';
import { createFakeClock, git, tempDir } from '@fairlead/testing';
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
import { nextSegment } from './receipt-segments.ts';

const prefix = 'refs/fairlead/receipts/';
const signal = new AbortController().signal;

/** Device and place of every receipt that stands in Git, in order. */
async function inGit(dir: string): Promise<readonly string[]> {
  const entries = await readFleetLog((await newLog(dir)).repository, 'main');
  if (!entries.ok) throw new Error(entries.error.message);
  return entries.value.flatMap((entry) =>
    entry.kind === 'receipt'
      ? [`${entry.receipt.device} ${entry.receipt.instance} ${entry.receipt.seq}`]
      : [],
  );
}

/** The log of receipts alone, by a clock of its own. */
async function receiptLog(
  dir: string,
  start: number,
  replica = 'a',
  disk: Disk = realDisk,
): Promise<ReceiptLog> {
  const { repository } = await newLog(dir, { disk });
  const trusted = () => [[signer.publicKey]];
  const clock = createFakeClock(start);
  const log = createReceiptLog({ repository, prefix, replica, signer, trusted, clock });
  const read = await log.sync(() => undefined);
  if (!read.ok) throw new Error(read.error.message);
  return log;
}

describe('when receipts come in', () => {
  it('share a commit of their own kind, and are found again from Git alone', async () => {
    const dir = await bareRepository();
    const { log } = await openedLog(dir);
    const devices = Array.from({ length: 50 }, (_, i) => `d${i}`);
    await whileRunning(log, async () => {
      const places = await Promise.all(
        devices.map((device) => log.receipts.store(deviceReceipts(device).next())),
      );
      expect(new Set(places.map((place) => place.ok && place.value))).toEqual(new Set(['next']));
    });
    const [ref = ''] = await lines(dir, 'for-each-ref', '--format=%(refname)', prefix);
    expect(ref).toMatch(/^refs\/fairlead\/receipts\/\d{4}-\d{2}\/a$/);
    expect(await lines(dir, 'rev-list', ref)).toHaveLength(1);
    await git(dir, 'verify-commit', ref);
    const again = await openedLog(dir);
    expect(again.stored).toHaveLength(50);
    for (const device of devices) expect(again.log.position(device)).toEqual(log.position(device));
    await fsck(dir);
  });

  it('drops exact duplicates, takes gaps and restored devices, and refuses a second receipt at one place', async () => {
    const dir = await bareRepository();
    const { log } = await openedLog(dir);
    const device = deviceReceipts('d');
    const clone = deviceReceipts('d');
    const [one, two] = [device.next(), device.next()];
    device.next();
    const four = device.next();
    clone.next();
    clone.next();
    const other: VerifiedReceipt = { ...clone.next(), link: { ...four.link, hash: one.link.hash } };
    const rekeyed = deviceReceipts('d', 'two').next();
    await whileRunning(log, async () => {
      const store = async (receipt: VerifiedReceipt) => {
        const stored = await log.receipts.store(receipt);
        return stored.ok ? stored.value : stored.error.code;
      };
      expect(await Promise.all([store(one), store(one), store(two)])).toEqual(['next', 'duplicate', 'next']);
      expect(await store(one)).toBe('duplicate');
      expect(await store(four)).toBe('gap');
      expect(await store(other)).toBe('duplicate-identity');
      expect(await store(rekeyed)).toBe('next');
    });
    expect(await inGit(dir)).toEqual(['d one 1', 'd one 2', 'd one 4', 'd two 1']);
    expect((await openedLog(dir)).log.position('d')).toMatchObject({ instance: 'two', seq: 1 });
  });
});

describe('when a segment ends', () => {
  it('goes on in the next, which holds where each device stands and the ends of the one before', async () => {
    const dir = await bareRepository();
    const november = Date.UTC(2026, 10, 30);
    const [d, e] = [deviceReceipts('d'), deviceReceipts('e')];
    const [a, b] = [await receiptLog(dir, november, 'a'), await receiptLog(dir, november, 'b')];
    await a.write([d.next()], signal);
    await b.write([e.next()], signal);
    const ends = await lines(dir, 'for-each-ref', '--format=%(refname) %(objectname)', `${prefix}2026-11`);
    const december = await receiptLog(dir, Date.UTC(2026, 11, 1), 'a');
    await december.write([d.next()], signal);
    const ref = `${prefix}2026-12/a`;
    const segment = JSON.parse(await git(dir, 'show', `${ref}:segment.json`)) as Record<string, object>;
    expect(Object.entries(segment['previous'] ?? {}).map((end) => end.join(' '))).toEqual(ends);
    const checkpoint = await lines(dir, 'show', `${ref}:checkpoint.jsonl`);
    expect(checkpoint.map((line) => (JSON.parse(line) as { device: string }).device).sort()).toEqual([
      'd',
      'e',
    ]);
    // The other server learns of the new segment before it writes, although its clock is behind.
    await b.write([e.next()], signal);
    const fresh = await receiptLog(dir, november, 'c');
    expect([fresh.position('d')?.seq, fresh.position('e')?.seq]).toEqual([2, 2]);
    expect((await inGit(dir)).toSorted()).toEqual(['d one 1', 'd one 2', 'e one 1', 'e one 2']);
    await fsck(dir);
  });

  it('is chosen by month and size, and never goes back', () => {
    const day = new Date('2026-11-30T23:59:59Z');
    expect(nextSegment('', day, false)).toBe('2026-11');
    expect(nextSegment('2026-11', day, false)).toBe('2026-11');
    expect(nextSegment('2026-11', day, true)).toBe('2026-11.2');
    expect(nextSegment('2026-11.9', day, true)).toBe('2026-11.10');
    expect(nextSegment('2026-11.10', new Date('2026-12-01T00:00:00Z'), true)).toBe('2026-12');
    expect(nextSegment('2026-12', day, false)).toBe('2026-12');
  });
});

describe('when a write fails', () => {
  it('acknowledges nothing, and the next attempt stores each receipt once', async () => {
    const dir = await bareRepository();
    let full = true;
    const disk: Disk = {
      ...realDisk,
      async create(path, mode) {
        if (full) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        return realDisk.create(path, mode);
      },
    };
    const { log } = await openedLog(dir, { disk });
    const device = deviceReceipts('d');
    const [one, two, three] = [device.next(), device.next(), device.next()];
    await whileRunning(log, async () => {
      const failed = await Promise.all([log.receipts.store(one), log.receipts.store(two)]);
      expect(failed.map((stored) => !stored.ok && stored.error.code)).toEqual([
        'log-unwritable',
        'log-unwritable',
      ]);
      expect(log.position('d')).toBeUndefined();
      full = false;
      // What follows the failed ones would make them pass for duplicates.
      expect(await log.receipts.store(three)).toMatchObject({ ok: false });
      for (const receipt of [one, two, three])
        expect(await log.receipts.store(receipt)).toEqual({ ok: true, value: 'next' });
    });
    expect(await inGit(dir)).toEqual(['d one 1', 'd one 2', 'd one 3']);
  });

  it('does not write again what stands there although its writing failed', async () => {
    const dir = await bareRepository();
    let hasMoved = false;
    const disk: Disk = {
      ...realDisk,
      async rename(from, to) {
        hasMoved = to.endsWith('/2026-01/a');
        await realDisk.rename(from, to);
      },
      async syncFolder(path) {
        if (hasMoved) throw Object.assign(new Error('input/output error'), { code: 'EIO' });
        await realDisk.syncFolder(path);
      },
    };
    const log = await receiptLog(dir, Date.UTC(2026, 0, 1), 'a', disk);
    const one = deviceReceipts('d').next();
    expect(await log.write([one], signal)).toMatchObject({ ok: false, error: { code: 'log-unwritable' } });
    hasMoved = false;
    expect(await log.write([one], signal)).toMatchObject({ ok: true });
    expect(await inGit(dir)).toEqual(['d one 1']);
  });
});

describe('when the server dies at any step of a write', () => {
  it.each(['kill', 'power'] as const)(
    'loses nothing that was acknowledged, and doubles nothing (%s)',
    async (kind) => {
      const template = await bareRepository();
      const device = deviceReceipts('d');
      const [one, two, three] = [device.next(), device.next(), device.next()];
      const now = Date.UTC(2026, 5, 1);
      await (await receiptLog(template, now)).write([one], signal);
      const copyOf = async (): Promise<string> => {
        const dir = join(await tempDir('cut'), 'repo.git');
        await cp(template, dir, { recursive: true });
        return dir;
      };
      const counting = createFaultDisk({ cutAt: Infinity, kind });
      await (await receiptLog(await copyOf(), now, 'a', counting)).write([two], signal);
      expect(counting.calls()).toBeGreaterThan(20);
      for (let cutAt = 1; cutAt <= counting.calls(); cutAt += 1) {
        const dir = await copyOf();
        const dying = await receiptLog(dir, now, 'a', createFaultDisk({ cutAt, kind }));
        await expect(dying.write([two], signal)).rejects.toThrow(PowerCut);
        await declareDead(dir);
        const next = await receiptLog(dir, now);
        expect([1, 2]).toContain(next.position('d')?.seq);
        expect(await next.write([two, three], signal)).toMatchObject({ ok: true });
        expect(await inGit(dir)).toEqual(['d one 1', 'd one 2', 'd one 3']);
        if (cutAt % 8 === 0) await git(dir, 'gc', '-q', '--prune=now');
        await fsck(dir);
      }
    },
    120_000,
  );
});
