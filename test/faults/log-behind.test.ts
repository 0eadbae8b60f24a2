// SPDX-License-Identifier: Apache-2.0
import { askProgram } from '@fairlead/fleet-example';
import { git, waitFor } from '@fairlead/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { idle, type RunningConfig } from './jobs.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';

const records = 'refs/fairlead/revisions';
const configOf = (version: string): RunningConfig => ({ jobs: [idle('steady'), idle('changing', version)] });

/** What the server's own log says since a place in it. */
async function saidBy({ fleet }: Lab): Promise<(text: string) => Promise<boolean>> {
  const path = fleet.logOf('server');
  const before = (await readFile(path, 'utf8')).length;
  return async (text) => (await readFile(path, 'utf8')).slice(before).includes(text);
}

/** Version of the newest snapshot that the log names up to this commit; 0: none. */
async function snapshotOf(repo: string, commit: string): Promise<number> {
  const text = await git(repo, 'log', '--format=%H', commit);
  for (const oid of text.trim().split('\n')) {
    const lines = (await git(repo, 'show', `${oid}:records.jsonl`)).trim().split('\n');
    const snapshots = lines.flatMap((line) => (JSON.parse(line) as { snapshot?: string }).snapshot ?? []);
    const newest = snapshots.at(-1);
    if (newest !== undefined) return (JSON.parse(newest) as { signed: { version: number } }).signed.version;
  }
  return 0;
}

let lab: Lab;
let revisions = 0;
const applied = async (counter: number): Promise<readonly string[]> =>
  (await Promise.all(lab.fleet.devices.map((device) => lab.receipt(counter, device)))).map(
    ({ result }) => result,
  );
const all = ['applied', 'applied', 'applied'];
const next = (): Promise<number> => {
  revisions += 1;
  return lab.deploy(configOf(`revision ${String(revisions)}`));
};
const heads = (): Promise<string> => git(lab.fleet.repo, 'rev-list', records);
const adopt = (...how: readonly string[]): Promise<unknown> => {
  const { repo, keys } = lab.fleet;
  return askProgram('cli', ['log', 'adopt', '--repo', repo, '--keys', keys, ...how]);
};

/** Moves the log back behind its newest snapshot; what it was, in a clone. */
async function cut(): Promise<{ readonly clone: string; readonly head: string; readonly held: number }> {
  const { repo } = lab.fleet;
  const clone = join(lab.fleet.dir, `clone-${String(revisions)}.git`);
  await git(repo, 'clone', '-q', '--mirror', repo, clone);
  const [head = '', ...older] = (await heads()).trim().split('\n');
  const held = await snapshotOf(repo, head);
  for (const commit of older) {
    if ((await snapshotOf(repo, commit)) === held) continue;
    await git(repo, 'update-ref', records, commit);
    return { clone, head, held };
  }
  throw new Error('the log holds one snapshot only');
}

beforeAll(async () => {
  lab = await createLab();
  const first = await next();
  await lab.startServer();
  for (const device of lab.fleet.devices) await lab.startAgent({ flags: ['--reconnect-cap', '1s'] }, device);
  await applied(first);
}, 120_000);
afterAll(() => lab.remove());

describe('when the fleet log is cut behind what devices hold', () => {
  it('is noticed by the server that wrote it, which signs nothing until the records of a clone are back', async () => {
    expect(await applied(await next())).toEqual(all);
    const said = await saidBy(lab);
    const { clone, head } = await cut();
    const cutHeads = await heads();
    const counter = await next();
    await waitFor(() => said('"log-behind"'), { what: 'the server saying log-behind' });
    expect(await heads()).toBe(cutHeads);
    expect(await adopt('--from', clone)).toMatchObject({ how: { kind: 'clone', again: false } });
    expect(await applied(counter)).toEqual(all);
    expect(await heads()).toContain(head);
  });

  it('is proven by a device to a server that knows nothing of it, and the log holds whatever was signed in the end', async () => {
    expect(await applied(await next())).toEqual(all);
    await lab.server().process.end('SIGKILL');
    const said = await saidBy(lab);
    const { clone } = await cut();
    const cutHeads = await heads();
    await lab.startServer();
    await waitFor(() => said('"log-behind"'), { what: 'the server saying log-behind' });
    // Most often it signs once before a device is there to prove anything.
    const stopped = await heads();
    const again = stopped !== cutHeads;
    const counter = await next();
    await waitFor(() => said('fairlead log adopt --from'), { what: 'the way out' });
    expect(await heads()).toBe(stopped);
    expect(await adopt('--from', clone)).toMatchObject({ how: { kind: 'clone', again } });
    expect(await applied(counter)).toEqual(all);
  });

  it('goes on above what devices hold where no clone has it', async () => {
    expect(await applied(await next())).toEqual(all);
    await lab.server().process.end('SIGKILL');
    const said = await saidBy(lab);
    const { held } = await cut();
    await lab.startServer();
    await waitFor(() => said('"log-behind"'), { what: 'the server saying log-behind' });
    const above = held + 10;
    await adopt('--above', String(above));
    expect(await applied(await next())).toEqual(all);
    expect(await snapshotOf(lab.fleet.repo, records)).toBeGreaterThan(above);

    // An auditor is told of what was lost, and finds all else in order.
    const { repo } = lab.fleet;
    const args = ['--repo', repo, '--root', join(repo, 'trust/root/1.json')];
    expect(await askProgram('cli', ['audit', 'verify', ...args])).toMatchObject({
      ok: true,
      findings: [{ severity: 'warning', code: 'log-cut' }],
    });
  });

  afterEach(() => git(lab.fleet.repo, 'fsck', '--strict', '--no-dangling'));
});
