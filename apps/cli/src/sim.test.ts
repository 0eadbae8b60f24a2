// SPDX-License-Identifier: Apache-2.0
import { git, tempDir } from '@fairlead/testing';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fairlead } from './fairlead.fixture.ts';

const json = ['--output', 'json'] as const;
/** Nobody listens there. */
const nobody = '127.0.0.1:1';

async function newSimulatedFleet(devices: number) {
  const dir = join(await tempDir('sim'), 'big');
  const made = await fairlead(['sim', 'fleet', '--devices', String(devices), '--dir', dir, ...json]);
  return { dir, made, repo: join(dir, 'repo'), keys: join(dir, 'keys') };
}

describe('when a fleet for the simulator is made', () => {
  it('is one that deploys: committed, checked, with its keys and its first root', async () => {
    const { made, dir, repo, keys } = await newSimulatedFleet(1_001);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(made.stdout)).toMatchObject({ dir, repo, keys, devices: 1_001 });
    expect(await git(repo, 'status', '--porcelain')).toBe('');
    const compiled = await fairlead(['compile', '--repo', repo, ...json]);
    const { targets } = JSON.parse(compiled.stdout) as { readonly targets: Record<string, string> };
    expect(Object.keys(targets)).toHaveLength(1_001);
    expect(await readFile(join(repo, 'trust/root/1.json'))).toEqual(await readFile(join(keys, 'root.json')));
  }, 60_000);

  it('refuses a folder that exists, and a fleet of none', async () => {
    const dir = await tempDir('sim');
    expect((await fairlead(['sim', 'fleet', '--dir', dir])).code).toBe(2);
    const none = join(dir, 'none');
    expect((await fairlead(['sim', 'fleet', '--dir', none, '--devices', '0'])).code).toBe(2);
    await expect(access(none)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('when devices are simulated', () => {
  it('bears that there is no server, and says at the end what came of it; a second run has the same devices', async () => {
    const { repo, keys, dir } = await newSimulatedFleet(5);
    const state = join(dir, 'devices');
    const args = ['sim', '--repo', repo, '--keys', keys, '--server', nobody, '--state', state];
    const first = await fairlead([...args, '--issue', '--for', '1500ms', ...json]);
    expect(first).toMatchObject({ code: 0, stderr: '5/5 identities\n' });
    const lines = first.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(0)).toMatchObject({ event: 'progress', devices: 5, connected: 0 });
    expect(lines.at(-1)).toMatchObject({ event: 'summary', devices: 5, connects: 0, offerMs: null });
    expect(lines.at(-1)?.['failedAttempts']).toBeGreaterThanOrEqual(5);
    const identities = await readFile(join(state, 'identities.jsonl'), 'utf8');
    const second = await fairlead([...args, '--issue', '--for', '100ms']);
    expect(second).toMatchObject({ code: 0 });
    expect(second.stdout).toContain('receipts in the log   0');
    expect(await readFile(join(state, 'identities.jsonl'), 'utf8')).toBe(identities);
  }, 30_000);

  it('refuses more devices than there are, and shares that are none', async () => {
    const { repo, keys } = await newSimulatedFleet(2);
    const sim = (...more: readonly string[]) =>
      fairlead(['sim', '--keys', keys, '--server', nobody, ...more]);
    const more = await sim('--repo', repo, '--devices', '3');
    expect(more.code).toBe(2);
    expect(more.stderr).toContain('names 2 devices, fewer than 3');
    expect((await sim('--repo', repo, '--fail-share', '1.5')).code).toBe(2);
    expect((await sim()).stderr).toContain('either --repo or --devices');
  }, 30_000);
});
