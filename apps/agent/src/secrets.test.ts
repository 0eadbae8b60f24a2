// SPDX-License-Identifier: Apache-2.0
import { createTarget, plainSettings } from '@fairlead/target';
import { jobUnit } from '@fairlead/link/testing';
import { waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { agentCommand, jobProcesses, newDevice, type StatusAnswer } from './agent-program.fixture.ts';
import { askAgent } from './local-client.ts';
import { stateFolder } from './state-folder.ts';

describe('when a secret of the device changes', () => {
  it('starts just its users anew, and one that is gone at the time of a revision keeps it waiting by name', async () => {
    const device = await newDevice();
    const { state, fleet } = device;
    const { socket } = stateFolder(state);
    const status = async (): Promise<StatusAnswer> =>
      (await askAgent(socket, 'GET', '/status'))?.body as StatusAnswer;
    const secret = (command: string, value?: string) =>
      agentCommand(['secrets', command, 'KEY', '--state', state], value);
    const user = (seconds: string) =>
      jobUnit('user', '/bin/sleep', [seconds], { env: { KEY: '{{secrets.KEY}}' } });
    const other = jobUnit('other', '/bin/sleep', ['1000']);
    device.start();
    const stream = await device.server.stream();
    const first = fleet.revision(1, { format: 1, units: [other, user('1000')] });
    stream.send(first.offer());
    await waitFor(async () => (await status()).code === 'missing-secret', { what: 'its absence' });
    expect(await jobProcesses(state)).toEqual({});

    expect((await secret('set', 'one')).code).toBe(0);
    await waitFor(async () => (await status()).state === 'applied', { what: 'the first' });
    const before = await jobProcesses(state);
    await secret('set', 'two');
    const after = await waitFor(async () => {
      const now = await jobProcesses(state);
      return now['user'] !== undefined && now['user'] !== before['user'] ? now : null;
    });
    expect(after['other']).toBe(before['other']);

    await askAgent(socket, 'POST', '/busy/test', { for: '1h' });
    const idle = createTarget([other, user('2000')], { ...plainSettings, apply: { kind: 'idle' } });
    stream.send(fleet.revision(2, idle, first.versions).offer());
    await waitFor(async () => (await status()).code === 'pending-idle', { what: 'the wait' });
    await secret('remove');
    await askAgent(socket, 'POST', '/apply');
    await waitFor(async () => (await status()).code === 'missing-secret', { what: 'its loss' });
    expect((await status()).message).toBe("the secret 'KEY' is not on this device");
    expect(await jobProcesses(state)).toEqual(after);
    await secret('set', 'three');
    await waitFor(async () => (await status()).state === 'applied', { what: 'the second' });
    expect((await jobProcesses(state))['other']).toBe(before['other']);
  }, 60_000);
});
