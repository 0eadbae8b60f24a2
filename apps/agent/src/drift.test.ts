// SPDX-License-Identifier: Apache-2.0
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobUnit } from '@fairlead/link/testing';
import { run, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { jobProcesses, newDevice, statusOf } from './agent-program.fixture.ts';
import { askAgent } from './local-client.ts';

const configs = ['one', 'two'].map((name) => ({ name, data: name, encoding: 'utf8' as const, files: [] }));
const restart = { enabled: true, limit: 0, pauseMs: 0, onDependencyFail: false };
const units = [
  jobUnit('keep', '/bin/sleep', ['1000'], {
    restart,
    members: [{ name: 'keep', image: null, configs, config: 'one', definition: null }],
  }),
  jobUnit('once', '/bin/sleep', ['1000']),
];

/** A device at rest that runs both, and the files of its configs. */
async function settledDevice(drift: 'heal' | 'report') {
  const device = await newDevice();
  device.start({}, ['--drift', drift]);
  const stream = await device.server.stream();
  stream.send(device.fleet.revision(1, { format: 1, units }).offer());
  await stream.message('receipt');
  const { stdout } = await run('find', [join(device.state, 'jobs'), '-path', '*/keep/*', '-name', 'data']);
  const fileOf = (name: string): string => {
    const path = stdout.split('\n').find((each) => each.includes(`/${name}/`));
    if (path === undefined) throw new Error(`no config ${name} in ${stdout}`);
    return path;
  };
  const socket = join(device.state, 'local', 'agent.sock');
  /** Events of drift, as somebody at the device reads them. */
  const drifts = async (): Promise<readonly string[]> => {
    const answer = await askAgent(socket, 'GET', '/events?after=0');
    const { events } = answer?.body as {
      events: { name: string; job: string; state: string; reason: string }[];
    };
    return events
      .filter(({ name }) => name === 'drift')
      .map(({ job, state, reason }) => `${job} ${state}: ${reason}`);
  };
  /** What the server was told in the state `drift`. */
  const reported = (): readonly string[] =>
    stream.received.flatMap((message) =>
      message.kind === 'status' && message.state === 'drift'
        ? message.drift.map(({ unit, found }) => `${unit} ${found}`)
        : [],
    );
  return { ...device, fileOf, drifts, reported };
}

const killed = 'was killed: it ended with signal 9';
const changed = (name: string): string => `config files were changed: keep/${name}/data`;

describe('when somebody changes a device behind the back of its agent, who heals', () => {
  it('tells of it, puts it right, and is at rest again', async () => {
    const { state, fileOf, drifts, reported } = await settledDevice('heal');
    const before = await jobProcesses(state);
    process.kill(before['keep'] ?? 0, 'SIGKILL');
    await waitFor(async () => (await drifts()).includes(`keep healed: ${killed}`), { what: 'the kill' });
    await waitFor(() => reported().includes(`jobs/keep ${killed}; put right`), { what: 'a report of it' });
    const again = await waitFor(async () => (await jobProcesses(state))['keep'], { what: 'keep again' });
    expect(again).not.toBe(before['keep']);

    await writeFile(fileOf('one'), 'edited');
    await rm(fileOf('two'));
    await waitFor(async () => (await readFile(fileOf('one'), 'utf8')) === 'one', { what: 'the old text' });
    await waitFor(async () => (await readFile(fileOf('two'), 'utf8')) === 'two', { what: 'the lost file' });
    await waitFor(() => {
      const all = reported().join('\n');
      return /keep\/one\/data.*; put right/.test(all) && /keep\/two\/data.*; put right/.test(all);
    });
    await waitFor(async () => (await statusOf(state)).state === 'applied', { what: 'rest' });
    expect(await jobProcesses(state)).toEqual({ keep: again, once: before['once'] });
  });

  it('tells at every look of a killed job that is not to be started again, and leaves it', async () => {
    const { state, reported } = await settledDevice('heal');
    process.kill((await jobProcesses(state))['once'] ?? 0, 'SIGKILL');
    await waitFor(() => reported().includes('jobs/once ended with signal 9'));
    expect((await jobProcesses(state))['once']).toBeUndefined();
  });
});

describe('when somebody changes a device behind the back of its agent, who only reports', () => {
  it('tells of it and leaves it as it is, but for what the job itself says of restarts', async () => {
    const { state, fileOf, reported } = await settledDevice('report');
    const before = await jobProcesses(state);
    await writeFile(fileOf('one'), 'edited');
    await waitFor(() => reported().includes(`jobs/keep ${changed('one')}`), { what: 'the edit' });
    await rm(fileOf('two'));
    await waitFor(() => reported().includes(`jobs/keep ${changed('one')}, keep/two/data`), {
      what: 'the loss',
    });
    process.kill(before['once'] ?? 0, 'SIGKILL');
    await waitFor(() => reported().includes('jobs/once ended with signal 9'), { what: 'one kill' });
    process.kill(before['keep'] ?? 0, 'SIGKILL');
    await waitFor(() => reported().includes(`jobs/keep ${killed}; put right`), { what: 'the other kill' });

    expect(await readFile(fileOf('one'), 'utf8')).toBe('edited');
    await expect(readFile(fileOf('two'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(Object.keys(await jobProcesses(state))).toEqual(['keep']);
    expect(await statusOf(state)).toMatchObject({ state: 'drift' });
  });
});
