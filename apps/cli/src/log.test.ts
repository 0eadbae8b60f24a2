// SPDX-License-Identifier: Apache-2.0
import { sha256, silentLogger } from '@fairlead/base';
import { openRepository } from '@fairlead/git';
import { createDeviceKey } from '@fairlead/identity/device';
import { openFleetLog, type FleetLog, type LogRecord } from '@fairlead/log';
import { readKeyFiles } from '@fairlead/program';
import { systemClock } from '@fairlead/testing';
import { ed25519Signer } from '@fairlead/trust/sign';
import { manifestBytes, receiptHash, sealReceipt, type Manifest, type Receipt } from '@fairlead/trust/verify';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { devices, fairlead, newFleet, newSignedFleet, type SignedFleet } from './fairlead.fixture.ts';

const [device] = devices;
const at = '2026-06-01T12:00:00.000Z';

function manifestOf({ fleet, head }: SignedFleet): Manifest {
  const [tree, root] = ['4b825dc642cb6eb9a060e54bf8d69288fbee4904', sha256('tree')];
  return {
    format: 1,
    edition: 1,
    fleet,
    branch: 'main',
    commit: head,
    tree,
    time: '2026-06-01T11:59:00Z',
    counter: 2,
    devices: 2,
    root,
  };
}

function receiptOf(manifest: Manifest): Receipt {
  return {
    device,
    instance: 'i',
    seq: 1,
    previous: null,
    revision: sha256(manifestBytes(manifest)),
    counter: 2,
    target: sha256('target'),
    previousTarget: null,
    result: 'rolled-back',
    code: 'start-failed',
    units: [{ unit: 'jobs/clock', result: 'failed', code: 'start-failed' }],
    unitsOmitted: 0,
    deviceTime: Date.parse(at),
    trustedTime: Date.parse(at),
    bootId: 'b',
    agentVersion: '1',
    remarks: ['state-restored'],
  };
}

/** The log of a fleet, as its server would open it. */
async function openedLog({ dir, keys }: SignedFleet): Promise<FleetLog> {
  const opened = await openRepository(dir, { clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const signer = ed25519Signer((await readKeyFiles(keys, ['snapshot.pem']))['snapshot.pem'].toString());
  const options = { repository: opened.value, branch: 'main', signer, replica: 'test' };
  const log = openFleetLog({ ...options, clock: systemClock, logger: silentLogger });
  expect(await log.open(() => undefined)).toMatchObject({ ok: true });
  return log;
}

const texts = { targets: '{}', snapshot: '{}', timestamp: '{}' };

function revisionRecord(manifest: Manifest): LogRecord {
  const { commit } = manifest;
  return {
    kind: 'revision',
    at,
    commit,
    manifest: Buffer.from(manifestBytes(manifest)).toString(),
    ...texts,
  };
}

/** A fleet with one revision, a refused and a skipped commit, an enrolment and a receipt in its log. */
async function deployed(): Promise<SignedFleet> {
  const fleet = await newSignedFleet();
  const manifest = manifestOf(fleet);
  const log = await openedLog(fleet);
  const stop = new AbortController();
  const running = log.run(stop.signal);
  const hint = 'Correct it.';
  const appended = await log.append([
    {
      kind: 'enrolled',
      at,
      device,
      token: 'token-id',
      certificate: 'PEM',
      fingerprint: sha256('PEM'),
      approvedBy: 'token',
    },
    {
      kind: 'refused',
      at,
      commit: 'e'.repeat(40),
      code: 'invalid-input',
      diagnostics: [{ code: 'invalid-value', message: 'is wrong', hint, file: 'fleet.json' }],
    },
    { kind: 'skipped', at, commit: 'f'.repeat(40), by: fleet.head },
    revisionRecord(manifest),
  ]);
  const envelope = sealReceipt(receiptOf(manifest), createDeviceKey());
  const link = { instance: 'i', seq: 1, hash: receiptHash(envelope), previous: null };
  expect([appended, await log.receipts.store({ device, link, envelope })]).toMatchObject([
    { ok: true },
    { ok: true },
  ]);
  stop.abort();
  await running;
  return fleet;
}

describe('when the log of a fleet is read', () => {
  it('has one line a record and a receipt, the oldest first', async () => {
    const { dir, head } = await deployed();
    const { code, stdout } = await fairlead(['log', '--repo', dir]);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split('  ')[1]?.trim())).toEqual([
      'enrolled',
      'refused',
      'skipped',
      'revision',
      'rolled-back',
    ]);
    expect(lines[1]).toContain(`${'e'.repeat(40)} [invalid-input]: fleet.json: is wrong`);
    expect(lines[3]).toMatch(new RegExp(`${head} is sha256:[0-9a-f]{64}, counter 2, 2 devices`));
    expect(lines[4]).toContain(`${device} #1`);
    expect(lines[4]).toContain('[start-failed] (state-restored)');
  });

  it('is one object a line as JSON, without the bulk of metadata', async () => {
    const fleet = await deployed();
    const { stdout } = await fairlead(['log', '--repo', fleet.dir, '--output', 'json']);
    const objects = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const manifest = manifestOf(fleet);
    const revision = sha256(manifestBytes(manifest));
    expect(objects).toMatchObject([
      { kind: 'enrolled', device, token: 'token-id', approvedBy: 'token' },
      {
        kind: 'refused',
        commit: 'e'.repeat(40),
        code: 'invalid-input',
        diagnostics: [{ file: 'fleet.json' }],
      },
      { kind: 'skipped', by: fleet.head },
      { kind: 'revision', at, commit: fleet.head, revision, counter: 2, devices: 2, root: manifest.root },
      {
        kind: 'receipt',
        device,
        seq: 1,
        revision,
        result: 'rolled-back',
        reason: 'start-failed',
        deviceTime: at,
        units: [{ unit: 'jobs/clock' }],
      },
    ]);
    expect(stdout).not.toContain('PEM"');
  });

  it('is empty where nothing was deployed yet', async () => {
    const { dir } = await newFleet();
    expect(await fairlead(['log', '--repo', dir])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await fairlead(['log', '--repo', dir, '--output', 'json'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe('when a part of the log is asked for', () => {
  const kinds = ({ stdout }: { readonly stdout: string }): readonly string[] =>
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('  ')[1]?.trim() ?? '');

  it('tells of one device, by its id or its name', async () => {
    const { dir, head } = await deployed();
    const byId = await fairlead(['log', '--repo', dir, '--device', device.toUpperCase()]);
    expect(kinds(byId)).toEqual(['enrolled', 'rolled-back']);
    // The commit that it was about, and what of it went wrong.
    expect(byId.stdout).toContain(
      `${device} #1 ${head} [start-failed] (state-restored): jobs/clock start-failed`,
    );
    expect((await fairlead(['log', '--repo', dir, '--device', 'first'])).stdout).toBe(byId.stdout);
    expect(kinds(await fairlead(['log', '--repo', dir, '--device', devices[1]]))).toEqual([]);
    const unknown = await fairlead(['log', '--repo', dir, '--device', 'nobody', '--output', 'json']);
    expect(JSON.parse(unknown.stdout)).toMatchObject({ error: { code: 'not-in-fleet' } });
  });

  it('begins at a commit, a revision, a day or a time', async () => {
    const fleet = await deployed();
    const { dir, head } = fleet;
    const revision = sha256(manifestBytes(manifestOf(fleet)));
    const from = async (start: string) => kinds(await fairlead(['log', '--repo', dir, '--since', start]));
    for (const start of [head, head.slice(0, 10), 'HEAD', 'main', revision])
      expect(await from(start)).toEqual(['revision', 'rolled-back']);
    expect(await from('2026-06-01')).toHaveLength(5);
    expect(await from('2026-06-01T12:00:00.000Z')).toHaveLength(5);
    // The batch of receipts was written by the clock of this machine.
    expect(await from('2026-06-01T14:00:01+02:00')).toEqual(['rolled-back']);
    for (const start of ['HEAD~1', sha256('nothing')])
      expect((await fairlead(['log', '--repo', dir, '--since', start])).code).toBe(2);
  });

  it('says whose commit each was', async () => {
    const { dir } = await deployed();
    const { stdout } = await fairlead(['log', '--repo', dir, '--since', 'HEAD', '--output', 'json']);
    const [revision] = stdout.split('\n');
    expect(JSON.parse(revision ?? '')).toMatchObject({
      kind: 'revision',
      author: expect.stringMatching(/./),
      subject: 'Add the first root',
      rotated: [],
    });
  });
});

describe('when a commit on top of the newest revision lacks a root of it', () => {
  it('is told by check and plan', async () => {
    const fleet = await newSignedFleet();
    const rotate = ['keys', 'rotate', '--role', 'timestamp', '--repo', fleet.dir, '--dir', fleet.keys];
    expect((await fairlead(rotate)).code).toBe(0);
    const rotated = await fleet.commit({});
    const log = await openedLog(fleet);
    await log.append([revisionRecord({ ...manifestOf(fleet), commit: rotated })]);
    await rm(join(fleet.dir, 'trust/root/2.json'));
    await fleet.commit({});
    for (const command of [['check'], ['plan', rotated]]) {
      const { code, stdout } = await fairlead([...command, '--repo', fleet.dir, '--output', 'json']);
      expect({ code, answer: JSON.parse(stdout) }).toMatchObject({
        code: 1,
        answer: { diagnostics: [{ code: 'root-dropped', file: 'trust/root/2.json' }] },
      });
    }
  });
});

describe('when a commit on top of the newest revision does not raise the counter', () => {
  it('is told by check, compile and plan, and only there', async () => {
    const fleet = await newSignedFleet();
    const lifted = await fleet.commit({ 'trust/history.json': { offset: 50 } });
    const compiled = await fairlead(['compile', '--repo', fleet.dir, '--output', 'json']);
    const { counter } = JSON.parse(compiled.stdout) as { counter: number };
    const log = await openedLog(fleet);
    await log.append([revisionRecord({ ...manifestOf(fleet), commit: lifted, counter })]);
    expect((await fairlead(['check', '--repo', fleet.dir])).code).toBe(0);
    const next = await fleet.commit({ 'README.md': 'more' });
    expect((await fairlead(['check', '--repo', fleet.dir])).code).toBe(0);
    await writeFile(join(fleet.dir, 'trust/history.json'), '{ "offset": 0 }');
    const draft = await fairlead(['check', '--worktree', '--repo', fleet.dir, '--output', 'json']);
    expect(JSON.parse(draft.stdout)).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'counter-not-rising' }],
    });
    const lower = await fleet.commit({ 'trust/history.json': { offset: 0 } });
    for (const command of [['check'], ['compile'], ['plan', next]]) {
      const { code, stdout } = await fairlead([...command, '--repo', fleet.dir, '--output', 'json']);
      expect({ code, answer: JSON.parse(stdout) }).toMatchObject({
        code: 1,
        answer: {
          ok: false,
          commit: lower,
          diagnostics: [{ code: 'counter-not-rising', severity: 'error' }],
        },
      });
    }
    for (const commit of [next, lifted, fleet.head])
      expect((await fairlead(['check', '--repo', fleet.dir, '--commit', commit])).code).toBe(0);
  });
});
