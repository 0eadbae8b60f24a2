// SPDX-License-Identifier: Apache-2.0
import { tempDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { auditFleet, type AuditReport } from './audit-fleet.ts';
import {
  alpha,
  beta,
  createAuditedFleet,
  delta,
  gamma,
  running,
  type AuditedFleet,
} from './audited-fleet.fixture.ts';
import { createEventfulFleet } from './eventful-fleet.fixture.ts';
import type { Checkpoint } from './checkpoint.ts';

const { signal } = new AbortController();

async function audit({ repository, root }: AuditedFleet, since?: Checkpoint): Promise<AuditReport> {
  const audited = await auditFleet({
    repository,
    branch: 'main',
    root: { kind: 'bytes', bytes: root },
    since,
    signal,
  });
  if (!audited.ok) throw new Error(`${audited.error.code}: ${audited.error.message}`);
  return audited.value;
}

const codesOf = ({ findings }: AuditReport): readonly string[] => findings.map(({ code }) => code);

/** One revision, every device enrolled, each with a receipt. */
async function simpleFleet(): Promise<AuditedFleet> {
  const fleet = await createAuditedFleet(await tempDir('audited'));
  await fleet.deploy((await fleet.git('rev-parse', 'HEAD')).trim());
  for (const device of [alpha, beta, gamma, delta]) await fleet.enrol(device);
  fleet.wait(2000);
  await fleet.receipts('x', [alpha], [beta], [gamma], [delta]);
  fleet.wait(60_000);
  return fleet;
}

describe('when nobody has tampered with the log of an eventful fleet', () => {
  it('nothing is found, and it is told what became of each commit and what ran when on each device', async () => {
    const fleet = await createEventfulFleet(await tempDir('audited'));
    const root = { kind: 'fleet', fleet: fleet.fleet } as const;
    const audited = await auditFleet({ repository: fleet.repository, branch: 'main', root, signal });
    if (!audited.ok) throw new Error(audited.error.message);
    const { findings, ok, devices, commits, checked, checkpoint } = audited.value;

    expect(findings).toEqual([]);
    expect(ok).toBe(true);
    expect(checked).toMatchObject({ roots: 2, revisions: 6, receipts: 15, devices: 4 });
    expect(commits.map(({ outcome }) => outcome).join(' ')).toBe(
      'revision revision refused skipped revision revision skipped revision revision',
    );
    expect(commits[2]).toMatchObject({
      code: 'invalid-input',
      reason: 'running/gateways.json: expected an array, found 3',
    });
    expect(commits[3]).toMatchObject({ skippedFor: commits[4]?.commit });
    expect(devices.map(({ id, name, group }) => [id, name, group])).toEqual([
      [alpha, 'alpha', 'gateways'],
      [beta, 'beta', 'gateways'],
      [gamma, 'gamma', 'sensors'],
      [delta, 'delta', 'sensors'],
    ]);
    const author = expect.stringMatching(/ <.*>$/) as string;
    expect(devices[1]?.runs).toMatchObject([
      { seq: 1, result: 'applied', commit: commits[0]?.commit, author },
      {
        seq: 2,
        result: 'rolled-back',
        code: 'unit-ended',
        failed: [{ unit: 'jobs/work', result: 'failed' }],
      },
      { seq: 3, result: 'applied', commit: commits[4]?.commit },
      { seq: 4, result: 'applied', remarks: ['state-restored'] },
    ]);
    // Two keys, two chains.
    expect(devices[0]?.runs.map(({ seq }) => seq)).toEqual([1, 2, 3, 1]);
    expect(devices[0]?.keys).toMatchObject([
      { withdrawn: { why: 'another key was enrolled' } },
      { approvedBy: 'operator ops', withdrawn: null },
    ]);
    expect(devices[3]?.keys).toMatchObject([{ withdrawn: { why: 'revoked by operator ops' } }]);
    expect(checkpoint).not.toBeNull();
  });
});

describe('when an audit goes on from the checkpoint of an earlier one', () => {
  it('judges what is new alone, and comes to the checkpoint that a whole audit comes to', async () => {
    const fleet = await simpleFleet();
    const before = await audit(fleet);
    await fleet.deploy(await fleet.commit({ 'running/gateways.json': running('route', 200) }));
    await fleet.receipts('y', [alpha], [beta]);
    const whole = await audit(fleet);

    const rest = await audit(fleet, before.checkpoint ?? undefined);

    expect(rest.findings).toEqual([]);
    expect(rest.checked).toMatchObject({ revisions: 1, receipts: 2 });
    expect(rest.commits).toHaveLength(1);
    expect(rest.devices.flatMap(({ runs }) => runs.map(({ seq }) => seq))).toEqual([2, 2]);
    expect(rest.checkpoint).toEqual(whole.checkpoint);
    const idle = await audit(fleet, whole.checkpoint ?? undefined);
    expect(idle).toMatchObject({
      findings: [],
      checked: { receipts: 0, revisions: 0 },
      checkpoint: whole.checkpoint,
    });
  });

  it('a receipt of a revision from before is held against that revision', async () => {
    const fleet = await simpleFleet();
    await fleet.deploy(await fleet.commit({ 'running/gateways.json': running('route', 200) }));
    await fleet.receipts('x', [alpha]);
    const { checkpoint } = await audit(fleet);
    await fleet.receipts('y', [beta, { counter: 7 }]);

    const report = await audit(fleet, checkpoint ?? undefined);

    expect(codesOf(report)).toEqual(['receipt-mismatch']);
    expect(report.findings[0]).toMatchObject({ place: { device: beta, seq: 2 } });
  });

  it('of another fleet or branch is misuse', async () => {
    const [fleet, other] = [await simpleFleet(), await simpleFleet()];
    const { checkpoint } = await audit(other);
    const { repository, root } = fleet;
    const audited = await auditFleet({
      repository,
      branch: 'main',
      root: { kind: 'bytes', bytes: root },
      since: checkpoint ?? undefined,
      signal,
    });
    expect(audited).toMatchObject({ ok: false, error: { code: 'misuse' } });
  });
});

describe('when a receipt says what its revision does not', () => {
  it.each([
    ['another target', { target: `sha256:${'a'.repeat(64)}` as const }, 'receipt-mismatch'],
    ['another counter', { counter: 99 }, 'receipt-mismatch'],
    [
      'a revision that was never recorded',
      { revision: `sha256:${'b'.repeat(64)}` as const },
      'revision-unknown',
    ],
  ])('%s is named with device and number', async (_, change, code) => {
    const fleet = await simpleFleet();
    await fleet.deploy(await fleet.commit({ 'running/gateways.json': running('route', 200) }));
    await fleet.receipts('x', [alpha, change]);

    const report = await audit(fleet);

    expect(report.findings).toMatchObject([
      { severity: 'error', code, place: { device: alpha, seq: 2, line: 1 } },
    ]);
  });

  it('another state before than the receipt before left is worth a warning, unless the device says that it was restored', async () => {
    const fleet = await simpleFleet();
    await fleet.deploy(await fleet.commit({ 'running/gateways.json': running('route', 200) }));
    await fleet.receipts(
      'x',
      [alpha, { previousTarget: null }],
      [beta, { previousTarget: null, remarks: ['state-restored'] }],
    );

    const report = await audit(fleet);

    expect(report.ok).toBe(true);
    expect(report.findings).toMatchObject([
      { severity: 'warning', code: 'receipt-mismatch', place: { device: alpha } },
    ]);
  });
});

describe('when a device goes on after its key ceased to count', () => {
  it.each([
    ['at once: it may have been on its way', 10_000, 'warning'],
    ['later', 3_600_000, 'error'],
  ])('%s', async (_, wait, severity) => {
    const fleet = await simpleFleet();
    await fleet.deploy(await fleet.commit({ 'running/sensors.json': running('sense', 200) }));
    await fleet.revoke(delta);
    fleet.wait(wait);
    await fleet.receipts('x', [delta]);

    const report = await audit(fleet);

    expect(report.findings).toMatchObject([
      { severity, code: 'certificate-revoked', place: { device: delta, seq: 2 } },
    ]);
  });

  it('an old key that signs after another was enrolled is named too', async () => {
    const fleet = await simpleFleet();
    const old = fleet.keyOf(alpha);
    await fleet.enrol(alpha, { by: 'operator ops' });
    fleet.wait(3_600_000);
    await fleet.deploy(await fleet.commit({ 'running/gateways.json': running('route', 200) }));
    fleet.useKey(alpha, old);
    await fleet.receipts('x', [alpha]);

    expect(codesOf(await audit(fleet))).toEqual(['certificate-revoked']);
  });
});

describe('when a device begins a new chain under its old key', () => {
  it('the new chain is not explained', async () => {
    const fleet = await simpleFleet();
    await fleet.deploy(await fleet.commit({ 'running/gateways.json': running('route', 200) }));
    fleet.useKey(alpha, { ...fleet.keyOf(alpha), instance: 'another', seq: 0, previous: null });
    await fleet.receipts('x', [alpha]);

    expect(codesOf(await audit(fleet))).toEqual(['instance-unexplained']);
  });
});

describe('when a commit is kept from the devices', () => {
  it('without a record it is named, and whose turn it was', async () => {
    const fleet = await simpleFleet();
    const silent = await fleet.commit({ 'running/gateways.json': running('route', 200) });
    await fleet.deploy(await fleet.commit({ 'running/gateways.json': running('route', 300) }));

    const report = await audit(fleet);

    expect(report.findings).toMatchObject([{ code: 'commit-unaccounted', place: { commit: silent } }]);
  });

  it.each(['invalid-input', 'commit-unsigned'] as const)(
    'by a refusal as %s that it does not bear out, that is named',
    async (code) => {
      const fleet = await simpleFleet();
      const commit = await fleet.commit({ 'running/gateways.json': running('route', 200) });
      const at = new Date(fleet.now()).toISOString();
      await fleet.append([{ kind: 'refused', at, commit, code, diagnostics: [] }]);

      const report = await audit(fleet);

      expect(report.findings).toMatchObject([{ code: 'refusal-unfounded', place: { commit } }]);
    },
  );
});

describe('when the history is rewritten', () => {
  it('a revision that does not descend from the one before is named', async () => {
    const fleet = await simpleFleet();
    await fleet.deploy(await fleet.commit({ 'running/gateways.json': running('route', 200) }));
    await fleet.git('reset', '-q', '--hard', 'HEAD~1');
    await fleet.deploy(await fleet.commit({ 'trust/history.json': { offset: 5 } }));

    expect(codesOf(await audit(fleet))).toEqual(['history-rewritten']);
  });

  it('one that says itself which head it replaces is as good as any', async () => {
    const fleet = await simpleFleet();
    const replaced = await fleet.commit({ 'running/gateways.json': running('route', 200) });
    await fleet.deploy(replaced);
    await fleet.git('reset', '-q', '--hard', 'HEAD~1');
    await fleet.deploy(await fleet.commit({ 'trust/history.json': { offset: 5, replaced: [replaced] } }));

    expect(codesOf(await audit(fleet))).toEqual([]);
  });
});

describe('when the fleet’s policy names who may sign', () => {
  it('a revision that nobody of them has signed is named', async () => {
    const fleet = await simpleFleet();
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
    await fleet.deploy(await fleet.commit({ 'trust/allowed_signers': `ops@example.org ${key}\n` }));
    const unsigned = await fleet.commit({ 'running/gateways.json': running('route', 200) });
    await fleet.deploy(unsigned);

    const report = await audit(fleet);

    expect(report.findings).toMatchObject([{ code: 'commit-unsigned', place: { commit: unsigned } }]);
  });
});

describe('when the first root is not that of the fleet', () => {
  it('nothing is believed', async () => {
    const [fleet, other] = [await simpleFleet(), await createAuditedFleet(await tempDir('other'))];
    const report = await audit({ ...fleet, root: other.root });
    expect(report).toMatchObject({ ok: false, checkpoint: null });
    expect(codesOf(report)).toEqual(expect.arrayContaining(['fleet-changed', 'bad-signature', 'log-forged']));
    const root = { kind: 'fleet', fleet: other.fleet } as const;
    const audited = await auditFleet({ repository: fleet.repository, branch: 'main', root, signal });
    expect(audited).toMatchObject({ ok: false, error: { code: 'fleet-changed' } });
  });
});

describe('when there is no log', () => {
  it('the way to fetch it is told', async () => {
    const fleet = await createAuditedFleet(await tempDir('audited'));
    const { repository, root } = fleet;
    const audited = await auditFleet({
      repository,
      branch: 'main',
      root: { kind: 'bytes', bytes: root },
      signal,
    });
    expect(audited).toMatchObject({
      ok: false,
      error: {
        code: 'log-missing',
        hint: expect.stringContaining("'+refs/fairlead/*:refs/fairlead/*'") as string,
      },
    });
  });
});
