// SPDX-License-Identifier: Apache-2.0
import { askProgram, runProgram, type DemoServer } from '@fairlead/fleet-example';
import { openRepository } from '@fairlead/git';
import { readFleetLog } from '@fairlead/log';
import { git, startGitHttp, systemClock, waitFor } from '@fairlead/testing';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idle } from './jobs.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';

const prefix = 'refs/fairlead/receipts/';
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

let lab: Lab;
let apart: string;
let server: DemoServer | undefined;

/** Starts the server anew with these flags. */
async function serve(...flags: readonly string[]): Promise<DemoServer> {
  await server?.process.end('SIGTERM');
  server = await lab.fleet.startServer({ flags: ['--poll', '500ms', ...flags] });
  return server;
}

const next = (version: string): Promise<number> => lab.deploy({ jobs: [idle('job', version)] });
const refsIn = async (dir: string): Promise<readonly string[]> =>
  (await git(dir, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/fairlead'))
    .split('\n')
    .filter((line) => line !== '');

async function repositoryAt(dir: string) {
  const opened = await openRepository(dir, { clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

/** Waits until every device has answered this commit; the places of all receipts in both repositories, device by device. */
async function places(counter: number): Promise<readonly (readonly number[])[]> {
  const [repository, other] = [await repositoryAt(lab.fleet.repo), await repositoryAt(apart)];
  return waitFor(
    async () => {
      const log = await readFleetLog(repository, 'main', { apart: other });
      if (!log.ok) throw new Error(log.error.message);
      const receipts = log.value.flatMap((entry) => (entry.kind === 'receipt' ? [entry.receipt] : []));
      const answered = receipts.filter((receipt) => receipt.counter === counter);
      if (answered.length < lab.fleet.devices.length) return undefined;
      return lab.fleet.devices.map(({ id }) =>
        receipts
          .filter(({ device }) => device === id)
          .map(({ seq }) => seq)
          .sort((a, b) => a - b),
      );
    },
    { what: `receipts of commit ${String(counter)}`, everyMs: 200 },
  );
}

beforeAll(async () => {
  lab = await createLab();
  apart = join(lab.fleet.dir, 'apart.git');
  await git(lab.fleet.dir, 'init', '-q', '--bare', '-b', 'main', apart);
  const first = await next('first');
  const at = await serve();
  for (const device of lab.fleet.devices)
    await lab.fleet.startAgent(device, at, { flags: ['--health-window', '300ms', '--reconnect-cap', '1s'] });
  await places(first);
}, 120_000);
afterAll(() => lab.remove());

describe('when receipts are given a repository of their own', () => {
  it('go on there where they were, in a segment of its own, and nothing more of them comes into the watched one', async () => {
    const before = (await refsIn(lab.fleet.repo)).filter((line) => line.startsWith(prefix));
    await serve('--log', apart);
    expect(await places(await next('second'))).toEqual([upTo(2), upTo(2), upTo(2)]);
    expect((await refsIn(lab.fleet.repo)).filter((line) => line.startsWith(prefix))).toEqual(before);
    const [ref = ''] = (await refsIn(apart)).map((line) => line.split(' ')[0] ?? '');
    expect(ref).toMatch(/^refs\/fairlead\/receipts\/\d{4}-\d{2}\.2\//);
    const [root = ''] = (await git(apart, 'rev-list', '--max-parents=0', ref)).trim().split('\n');
    const start = JSON.parse(await git(apart, 'show', `${root}:segment.json`)) as { previous: object };
    expect(Object.entries(start.previous).map((end) => end.join(' '))).toEqual(before);
    // The server that starts over both knows each device's place.
    await serve('--log', apart);
    expect(await places(await next('third'))).toEqual([upTo(3), upTo(3), upTo(3)]);
    const { stdout } = await askLog('--log', apart);
    expect(stdout.filter((line) => line['kind'] === 'receipt')).toHaveLength(9);
  });

  it('are pushed where that repository is a remote, and lose nothing with the data folder', async () => {
    const remote = await startGitHttp({ root: lab.fleet.dir });
    try {
      const flags = ['--insecure-loopback', '--log', remote.url('apart.git')];
      await serve(...flags);
      expect(await places(await next('fourth'))).toEqual([upTo(4), upTo(4), upTo(4)]);
      await server?.process.end('SIGKILL');
      await rm(join(lab.fleet.dir, 'server'), { recursive: true });
      await serve(...flags);
      expect(await places(await next('fifth'))).toEqual([upTo(5), upTo(5), upTo(5)]);
    } finally {
      await server?.process.end('SIGTERM');
      await remote.close();
    }
  });

  it('take the records along only where an operator brought them over; then the watched one is never written', async () => {
    const path = lab.fleet.logOf('server');
    const said = (await readFile(path, 'utf8')).length;
    await serve('--log', apart, '--log-holds', 'all');
    const hint = 'fairlead log adopt --from <watched repository>';
    await waitFor(async () => (await readFile(path, 'utf8')).slice(said).includes(hint), { what: hint });
    const { repo, keys } = lab.fleet;
    await git(apart, 'fetch', '-q', repo, 'main:main');
    await askProgram('cli', ['log', 'adopt', repo, '--repo', apart, '--keys', keys]);
    const before = await refsIn(repo);
    expect(await places(await next('sixth'))).toEqual([upTo(6), upTo(6), upTo(6)]);
    expect(await refsIn(repo)).toEqual(before);
    for (const dir of [repo, apart]) await git(dir, 'fsck', '--strict', '--no-dangling');
  });

  it('verify for an auditor who has clones of both repositories', async () => {
    const { repo } = lab.fleet;
    const args = ['--repo', repo, '--log', apart, '--root', join(repo, 'trust/root/1.json')];
    const report = await askProgram('cli', ['audit', 'verify', ...args]);
    expect(report).toMatchObject({
      ok: true,
      findings: [],
      checked: { devices: 3 },
    });
  });
});

async function askLog(...flags: readonly string[]) {
  const ran = await runProgram('cli', ['log', '--repo', lab.fleet.repo, '--output', 'json', ...flags]);
  const lines = ran.stdout.split('\n').filter((line) => line !== '');
  return { stdout: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}
