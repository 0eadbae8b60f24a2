// SPDX-License-Identifier: Apache-2.0
import { runProgram, type ProgramProcess } from '@fairlead/fleet-example';
import { waitFor } from '@fairlead/testing';
import { randomUUID } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endPrograms, processesOf, variableOf, viewDevice } from './device-view.fixture.ts';
import { idle, shell } from './jobs.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';
import { canMakeMachines, startOnMachine } from './machine.fixture.ts';

/** Prints a line of 1,000 bytes, again and again. */
const chatter = "n=0; while :; do n=$((n + 1)); printf '%01000d\\n' $n; sleep 0.01; done";
const logFlags = ['--log-size', '64Ki', '--log-files', '3'];

let lab: Lab;
let agent: ProgramProcess;
beforeEach(async () => {
  lab = await createLab();
  const first = await lab.deploy({ jobs: [idle('steady', 'last good'), shell('chatter', chatter)] });
  await lab.startServer();
  agent = await lab.startAgent({ flags: logFlags });
  await lab.receipt(first);
});
afterEach(() => lab.remove());

const running = async () => processesOf(await viewDevice(lab.state));

describe.skipIf(!canMakeMachines)('when a device boots without network (needs mount namespaces)', () => {
  it('brings up its last good revision, and says nothing new when the server is back', async () => {
    const before = await running();
    await agent.end('SIGKILL');
    await lab.server().process.end('SIGTERM');
    await endPrograms(lab.state);
    expect(await running()).toEqual({});

    const bootId = randomUUID();
    await startOnMachine(lab, bootId);

    const after = await waitFor(async () => {
      const now = await running();
      return Object.keys(now).length === 2 && now;
    });
    expect(after['steady']).toContain(bootId);
    expect(after['steady']).not.toBe(before['steady']);
    await waitFor(async () => (await variableOf(after['steady'], 'VERSION')) === 'last good');
    expect(await lab.status()).toMatchObject({
      state: 'applied',
      connection: expect.not.stringMatching('streaming') as string,
    });

    await lab.startServer();
    await waitFor(async () => (await lab.status()).connection === 'streaming', { everyMs: 100 });
    const next = await lab.deploy({ jobs: [idle('steady', 'last good'), idle('chatter')] });
    expect(await lab.receipt(next)).toMatchObject({ seq: 2, bootId, result: 'applied' });
    expect((await running())['steady']).toBe(after['steady']);
    // After this boot of the machine nobody would know its jobs for those of the device.
    await endPrograms(lab.state);
  });
});

describe('when the agent is away', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'after %s, jobs go on and so do their logs, and the next agent finds them',
    async (signal) => {
      const before = await running();
      const logs = join(lab.state, 'logs/chatter');
      await agent.end(signal);
      const rotated = (await stat(join(logs, 'stdout.log.1')).catch(() => null))?.ino;

      // Rotated twice from now on: the first may have been under way.
      const once = await waitFor(
        async () =>
          (await stat(join(logs, 'stdout.log.1'))).ino !== rotated && stat(join(logs, 'stdout.log.1')),
      );
      await waitFor(async () => (await stat(join(logs, 'stdout.log.1'))).ino !== once.ino);
      expect(await running()).toEqual(before);
      const files = (await readdir(logs)).filter((name) => name.startsWith('stdout'));
      expect(files.length).toBeLessThanOrEqual(3);
      for (const file of files) expect((await stat(join(logs, file))).size).toBeLessThanOrEqual(64 * 1024);

      agent = await lab.startAgent({ flags: logFlags });
      await agent.ready;
      await waitFor(async () => (await lab.status()).connection === 'streaming', { everyMs: 100 });
      expect(await lab.status()).toMatchObject({ state: 'applied', drift: [] });
      expect(await running()).toEqual(before);
      const { stdout } = await runProgram('agent', ['logs', 'chatter', '--lines', '3', '--state', lab.state]);
      expect(stdout).toMatch(/^(0\d{999}\n){3}$/);
      expect(await lab.receipts()).toHaveLength(1);
    },
  );
});
