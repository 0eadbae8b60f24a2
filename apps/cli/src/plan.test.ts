// SPDX-License-Identifier: Apache-2.0
import { git, tempDir } from '@fairlead/testing';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { devices, fairlead, newFleet, newSignedFleet, type FleetRepository } from './fairlead.fixture.ts';

const json = ['--output', 'json'];
const answer = (stdout: string) => JSON.parse(stdout);

const clock = (seconds: string): object => ({
  config: 'running',
  jobs: [{ job: 'clock', exec_cmd: 'sleep', exec_args: [seconds] }],
});

async function plan(dir: string, ...args: readonly string[]) {
  const { code, stdout } = await fairlead(['plan', '--repo', dir, ...args, ...json]);
  return { code, ...answer(stdout) };
}

async function rootOf(dir: string): Promise<string> {
  return answer((await fairlead(['compile', '--repo', dir, '--commit', 'main', ...json])).stdout).root;
}

/** A change on a branch, with a branch that went on since or not. */
async function proposed({ dir, commit }: FleetRepository, isStale: boolean): Promise<void> {
  await git(dir, 'checkout', '-qb', 'change');
  await commit({ 'running/clock.json': clock('2000') }, 'Sleep longer');
  await git(dir, 'checkout', '-q', 'main');
  if (isStale) await commit({ 'devices.json': { [devices[0]]: { name: 'first', group: 'gateways' } } });
}

describe('when a change is planned', () => {
  it('tells what it does to units, how many devices it leaves alone, and the root', async () => {
    const fleet = await newSignedFleet();
    await proposed(fleet, false);
    const { dir } = fleet;
    const found = await plan(dir, 'main', 'change');
    expect(found).toMatchObject({
      code: 0,
      base: fleet.head,
      head: (await git(dir, 'rev-parse', 'change')).trim(),
      stale: false,
      devices: 2,
      unchanged: 0,
      groups: {
        gateways: {
          devices: 2,
          bytes: 0,
          units: [
            { unit: 'jobs/clock', change: 'changed', fields: ['exec_args'], effect: 'restarts', devices: 2 },
          ],
        },
      },
    });
    const text = await fairlead(['plan', 'main', 'change', '--repo', dir]);
    expect(text.stdout).toContain(
      ['2 devices of group gateways: first, second', '  ! jobs/clock  exec_args; restarts'].join('\n'),
    );
    expect(text.stdout).toContain(`2 of 2 devices change, 0 are offered nothing\nroot ${found.root}\n`);
    const comment = await fairlead(['plan', 'main', 'change', '--repo', dir, '--output', 'markdown']);
    expect(comment.stdout).toContain('```diff\n! jobs/clock  exec_args; restarts\n```');
    await git(dir, 'checkout', '-q', 'change');
    expect(await plan(dir, 'HEAD')).toMatchObject({ code: 0, groups: {}, unchanged: 2 });
  });

  it.each([
    ['a fast-forward', false, ['merge', '-q', '--ff-only', 'change']],
    ['a merge commit', false, ['merge', '-q', '--no-ff', '-m', 'Merge', 'change']],
    ['a squash', false, ['merge', '-q', '--squash', 'change']],
    ['a squash onto a newer base', true, ['merge', '-q', '--squash', 'change']],
  ])('shows the root that is deployed after %s', async (_what, isStale, merge) => {
    const fleet = await newSignedFleet();
    await proposed(fleet, isStale);
    const { dir } = fleet;
    const before = (await readdir(join(dir, '.git'), { recursive: true })).sort();
    const planned = await plan(dir, 'main', 'change');
    expect(planned).toMatchObject({ code: 0, stale: isStale, devices: isStale ? 1 : 2 });
    expect((await readdir(join(dir, '.git'), { recursive: true })).sort()).toEqual(before);
    await git(dir, ...merge);
    if (merge.includes('--squash')) await git(dir, 'commit', '-qm', 'Squash');
    expect((await git(dir, 'rev-parse', 'HEAD^{tree}')).trim()).toBe(planned.tree);
    expect(await rootOf(dir)).toBe(planned.root);
  });

  it('plans what lies in the work tree, and names devices that leave while something runs', async () => {
    const { dir } = await newSignedFleet();
    await writeFile(join(dir, 'devices.json'), JSON.stringify({ [devices[0]]: { group: 'gateways' } }));
    const found = await plan(dir, 'main', '--worktree');
    expect(found).toMatchObject({
      code: 0,
      head: null,
      leaving: [{ id: devices[1], name: 'second', group: 'gateways', units: ['jobs/clock'] }],
    });
    const { stdout } = await fairlead(['plan', 'main', '--worktree', '--repo', dir]);
    expect(stdout).toContain('1 device leaves the fleet, and what runs there goes on: second.');
  });

  it('works before the fleet has keys, and says that nothing is deployed then', async () => {
    const { dir, commit } = await newFleet();
    await commit({ 'running/clock.json': clock('2') });
    expect(await plan(dir, 'HEAD~1')).toMatchObject({ code: 0, unchanged: 0 });
    expect((await fairlead(['plan', 'HEAD~1', '--repo', dir])).stdout).toContain('fairlead keys init');
  });

  it('names changes of who is trusted', async () => {
    const { dir, commit } = await newSignedFleet();
    await commit({ 'trust/allowed_signers': 'a@example.org ssh-ed25519 AAAA\n' });
    expect((await plan(dir, 'HEAD~1')).trust).toEqual([{ path: 'trust/allowed_signers', change: 'added' }]);
    const { stdout } = await fairlead(['plan', 'HEAD~1', '--repo', dir, '--output', 'markdown']);
    expect(stdout).toContain('trust/allowed\\_signers added: who may sign commits');
  });
});

describe('when the merge could not be deployed', () => {
  it('names the files that both sides changed, and ends with 1', async () => {
    const fleet = await newSignedFleet();
    await proposed(fleet, false);
    await fleet.commit({ 'running/clock.json': clock('3000') });
    const found = await plan(fleet.dir, 'main', 'change');
    expect(found).toMatchObject({
      code: 1,
      ok: false,
      diagnostics: [{ file: 'running/clock.json', code: 'merge-conflict', severity: 'error' }],
    });
    const text = await fairlead(['plan', 'main', 'change', '--repo', fleet.dir]);
    expect(text.stdout).toMatch(/1 error in the merge of [0-9a-f]{10} into [0-9a-f]{10}\n$/);
  });

  it('answers as check does for errors that only the merge has', async () => {
    const fleet = await newSignedFleet();
    const { dir, commit } = fleet;
    await git(dir, 'checkout', '-qb', 'change');
    await commit({ 'devices/new.json': { [devices[0].replace(/01$/, '09')]: { group: 'gateways' } } });
    await git(dir, 'checkout', '-q', 'main');
    await rm(join(dir, 'devices.json'));
    await commit({
      'fleet.json': {
        id: '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11',
        groups: { others: { 'running-config': ['running/clock.json'] } },
      },
    });
    expect(await plan(dir, 'main', 'change')).toMatchObject({
      code: 1,
      diagnostics: [{ file: 'devices/new.json', code: 'group-undefined', severity: 'error' }],
    });
    const comment = await fairlead(['plan', 'main', 'change', '--repo', dir, '--output', 'markdown']);
    expect(comment.stdout).toMatch(/^### Fairlead: 1 error/);
  });

  it('compares with what devices run where the base itself has errors', async () => {
    const { dir, commit, head } = await newSignedFleet();
    const broken = await commit({ 'running/clock.json': '{' });
    await commit({ 'running/clock.json': clock('2000') });
    const found = await plan(dir, 'HEAD~1');
    expect(found).toMatchObject({ code: 0, base: broken, deployed: head });
    expect(found.groups.gateways.units).toMatchObject([{ change: 'changed' }]);
    expect((await fairlead(['plan', 'HEAD~1', '--repo', dir])).stdout).toContain(
      `${broken.slice(0, 10)} has errors and deploys nothing: devices are at ${head.slice(0, 10)}`,
    );
  });

  it('refuses a work tree that is not on top of the base, and a base that is not there', async () => {
    const fleet = await newSignedFleet();
    await proposed(fleet, true);
    await git(fleet.dir, 'checkout', '-q', 'change');
    expect(await plan(fleet.dir, 'main', '--worktree')).toMatchObject({
      code: 1,
      error: { code: 'merge-conflict' },
    });
    expect(await plan(fleet.dir, 'no-such')).toMatchObject({ code: 3 });
    expect(await plan(await tempDir('empty'), 'main')).toMatchObject({ code: 3 });
  });
});
