// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@fairlead/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordedReleases, unpackRelease, type RecordedRelease } from './recorded-release.fixture.ts';
import { runFleet, type RunningFleet } from './running-fleet.fixture.ts';

const pairs = recordedReleases.flatMap((release) => [
  { release, old: 'agent' as const, today: 'server' },
  { release, old: 'server' as const, today: 'agent' },
]);

it('finds a release that was recorded', () => {
  expect(recordedReleases).not.toEqual([]);
});

describe.each(pairs)("when the $old of $release meets today's $today", ({ release, old }) => {
  let recorded: RecordedRelease;
  let fleet: RunningFleet;
  beforeAll(async () => {
    recorded = await unpackRelease(release);
    fleet = await runFleet({ [old]: { file: recorded[old] } });
  });
  afterAll(async () => {
    await fleet?.remove();
    await recorded?.remove();
  });

  const [harmless, gatewaysOnly] = [
    { file: 'running/beacon.json', from: '\\"beatMs\\":5000', to: '\\"beatMs\\":4000' },
    { file: 'fleet.json', from: '"ahoy"', to: '"moin"' },
  ];

  /** Counter of the newest manifest that each device holds as verified. */
  const held = (): Promise<readonly unknown[]> =>
    Promise.all(
      fleet.devices.map(async (device) => {
        const text = await readFile(join(fleet.stateOf(device), 'link/trust.json'), 'utf8');
        const { manifest } = JSON.parse(text) as { readonly manifest: string };
        return (JSON.parse(manifest) as { readonly counter: unknown }).counter;
      }),
    );

  const agentLogs = async (): Promise<string> =>
    (await Promise.all(fleet.devices.map(({ name }) => readFile(fleet.logOf(name), 'utf8')))).join('');

  it('enrols every device with its token, and each runs what it shall', async () => {
    const enrolled = (await fleet.log()).filter(({ kind }) => kind === 'enrolled');
    expect(enrolled.map(({ device }) => device).sort()).toEqual(fleet.devices.map(({ id }) => id).sort());
    // As the server sees it: agents are asked on their own machine, by the program of their own release.
    await waitFor(async () => (await fleet.status()).every(({ state }) => state === 'applied'), {
      what: 'every device having applied the first revision',
    });
  });

  it('applies a commit, and its receipts stand in Git', async () => {
    const note = await fleet.settled(await fleet.change('Slower heartbeat', [harmless]));

    expect(note).toMatch(/^gateways: 1 applied, 0 unchanged, 0 failed, 0 pending$/m);
    expect(note).toMatch(/^sensors: {2}2 applied, 0 unchanged, 0 failed, 0 pending$/m);
  });

  it('reports what failed and was taken back', async () => {
    const broken = { file: 'running/watch.json', from: '{{IMAGE}}/watch.sh', to: '{{IMAGE}}/nothing' };
    const soon = { file: 'running/templates.json', from: '"restart_pause": 2000', to: '"restart_pause": 50' };
    const note = await fleet.settled(await fleet.change('A job that cannot start', [broken, soon]));

    expect(note).toMatch(/^sensors: {2}0 applied, 0 unchanged, 2 failed, 0 pending$/m);
    const mended = await fleet.change('Mend it', [{ ...broken, from: broken.to, to: broken.from }]);
    expect(await fleet.settled(mended)).not.toMatch(/[1-9]\d* failed/);
  });

  it('finds together again when either was away, refreshes what is held, and goes on', async () => {
    const [gateway] = fleet.devices.filter(({ name }) => name === 'harbour-gateway');
    if (gateway === undefined) throw new Error('no gateway in the example');
    await fleet.agents.get(gateway.name)?.end('SIGKILL');
    const commit = await fleet.change('Gateways greet otherwise', [gatewaysOnly]);
    await fleet.restartServer();
    await fleet.restartAgent(gateway);

    expect(await fleet.settled(commit)).toMatch(/^sensors: {2}0 applied, 2 unchanged/m);
    // The sensors' targets did not change: they hear of the commit by refreshes alone.
    await waitFor(async () => (await held()).every((counter) => counter === 5), {
      what: 'every device holding the newest',
    });
    const receipts = (await fleet.log()).filter(({ kind }) => kind === 'receipt');
    const keys = receipts.map(({ device, seq }) => `${String(device)} ${String(seq)}`);
    expect(new Set(keys).size).toBe(keys.length);
    await fleet.git('fsck', '--strict');
  });

  it('refuses nothing and breaks no rule of the protocol on the way', async () => {
    const logs = (await agentLogs()) + (await readFile(fleet.logOf('server'), 'utf8'));
    expect(logs).not.toMatch(/refused an offer|protocol|"code":"(internal|unsupported|agent-too-old)"/);
    const devices = await fleet.status();
    expect(devices.map(({ state }) => state)).not.toContain('refused');
  });
});
