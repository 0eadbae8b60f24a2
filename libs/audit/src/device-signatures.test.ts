// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { tempDir } from '@fairlead/testing';
import { readReceipt, sealReceipt, type Receipt } from '@fairlead/trust/verify';
import { describe, expect, it } from 'vitest';
import { auditFleet, type AuditReport } from './audit-fleet.ts';
import { alpha, beta, createAuditedFleet, running, type AuditedFleet } from './audited-fleet.fixture.ts';
import type { AuditSource } from './audit-source.ts';
import { linesOf, withLines, writeLine } from './log-line.fixture.ts';
import { loadRepository } from './memory-repository.fixture.ts';
import { takeOriginal } from './tampering.fixture.ts';

const { signal } = new AbortController();
const ref = 'refs/fairlead/receipts/2026-10/x';

async function audit({ root }: AuditedFleet, repository: AuditSource): Promise<AuditReport> {
  const audited = await auditFleet({
    repository,
    branch: 'main',
    root: { kind: 'bytes', bytes: root },
    signal,
  });
  if (!audited.ok) throw new Error(audited.error.message);
  return audited.value;
}

/** Two revisions, each answered by two devices. */
async function twoRevisions(): Promise<AuditedFleet> {
  const fleet = await createAuditedFleet(await tempDir('audited'));
  await fleet.deploy((await fleet.git('rev-parse', 'HEAD')).trim());
  for (const device of [alpha, beta]) await fleet.enrol(device);
  await fleet.receipts('x', [alpha], [beta]);
  fleet.wait(60_000);
  await fleet.deploy(await fleet.commit({ 'running/gateways.json': running('route', 200) }));
  await fleet.receipts('x', [alpha], [beta]);
  return fleet;
}

/** The log with one more line in its newest batch, which the server signs, and the device too. */
async function withReceipt(
  fleet: AuditedFleet,
  change: (newest: Receipt, first: Receipt) => Receipt,
): Promise<AuditSource> {
  const repository = await loadRepository(fleet.dir);
  const { lines } = await takeOriginal(repository, fleet.snapshotSigners());
  const batches = lines.get(ref) ?? [];
  const receipts = batches
    .flatMap((batch) => linesOf(batch, 'receipts.jsonl'))
    .flatMap((line) => {
      const receipt = readReceipt(Buffer.from(line));
      return receipt.ok && receipt.value.device === alpha ? [receipt.value] : [];
    });
  const [first, newest] = [receipts[0], receipts.at(-1)];
  const last = batches.at(-1);
  if (first === undefined || newest === undefined || last === undefined) throw new Error('no receipts');
  const line = Buffer.from(sealReceipt(change(newest, first), fleet.keyOf(alpha).key)).toString();
  const more = withLines(last, 'receipts.jsonl', [...linesOf(last, 'receipts.jsonl'), line]);
  await writeLine(repository, ref, [...batches.slice(0, -1), more], true);
  return repository.source;
}

describe('when a device signs what does not follow from its receipts', () => {
  it('two receipts in one place are those of two devices with one identity', async () => {
    const fleet = await twoRevisions();
    const report = await audit(
      fleet,
      await withReceipt(fleet, (newest) => ({ ...newest, bootId: 'of the clone' })),
    );
    expect(report.findings).toMatchObject([
      { severity: 'error', code: 'duplicate-identity', place: { ref, device: alpha, seq: 2, line: 3 } },
    ]);
  });

  it('a receipt that names another one before breaks the chain', async () => {
    const fleet = await twoRevisions();
    const source = await withReceipt(fleet, (newest) => ({
      ...newest,
      seq: 3,
      previous: sha256('another'),
      previousTarget: newest.target,
    }));
    expect((await audit(fleet, source)).findings).toMatchObject([
      { severity: 'error', code: 'chain-broken', place: { device: alpha, seq: 3 } },
    ]);
  });

  it('an older revision after a newer one is a rollback', async () => {
    const fleet = await twoRevisions();
    const previous = fleet.keyOf(alpha).previous;
    const source = await withReceipt(fleet, (newest, first) => ({
      ...first,
      seq: 3,
      previous,
      previousTarget: newest.target,
    }));
    expect((await audit(fleet, source)).findings).toMatchObject([
      { severity: 'error', code: 'rollback', place: { device: alpha, seq: 3 } },
    ]);
  });

  it('unless it says that its state was restored', async () => {
    const fleet = await twoRevisions();
    const previous = fleet.keyOf(alpha).previous;
    const source = await withReceipt(fleet, (_, first) => ({
      ...first,
      seq: 3,
      previous,
      remarks: ['state-restored'],
    }));
    expect((await audit(fleet, source)).findings).toEqual([]);
  });

  it('another device’s key signs nothing for it', async () => {
    const fleet = await twoRevisions();
    const { key } = fleet.keyOf(beta);
    const source = await withReceipt(
      { ...fleet, keyOf: () => ({ ...fleet.keyOf(alpha), key }) },
      (newest) => ({
        ...newest,
        seq: 3,
        previous: fleet.keyOf(alpha).previous,
      }),
    );
    expect((await audit(fleet, source)).findings).toMatchObject([
      { severity: 'error', code: 'receipt-forged', place: { device: alpha, line: 3 } },
    ]);
  });
});

describe('when the authority gives what it must not', () => {
  it('a certificate for a key that was revoked is named', async () => {
    const fleet = await twoRevisions();
    await fleet.revoke(beta);
    await fleet.renew(beta);
    expect((await audit(fleet, fleet.repository)).findings).toMatchObject([
      { severity: 'error', code: 'certificate-revoked', place: { ref: 'refs/fairlead/revisions' } },
    ]);
  });
});
