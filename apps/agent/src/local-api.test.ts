// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { createTarget, plainSettings } from '@fairlead/target';
import { jobUnit } from '@fairlead/link/testing';
import { waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { agentCommand, jobProcesses, newDevice, statementOf, statusOf } from './agent-program.fixture.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** As any client of HTTP over a unix socket would ask. */
async function ask(state: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const asked = request({ socketPath: join(state, 'local', 'agent.sock'), method, path });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, body: text === '' ? undefined : JSON.parse(text) };
}

describe('when somebody at the device asks the agent', () => {
  it('tells, starts, stops and applies early; and refuses what is not there', async () => {
    const device = await newDevice();
    const { state, fleet, server } = device;
    const configs = [{ name: 'main', data: '{}', encoding: 'utf8' as const, files: [] }];
    const members = [{ name: 'talker', image: null, configs, config: 'main', definition: null }];
    const script = 'echo one; exec sleep 1000';
    const talks = jobUnit('talker', '/bin/sh', ['-c', script], { members });
    const first = fleet.revision(1, { format: 1, units: [talks] });
    const agent = device.start();
    const stream = await server.stream();
    stream.send(first.offer());
    const running = async (): Promise<number | undefined> => (await jobProcesses(state))['talker'];
    await waitFor(async () => (await statusOf(state)).state === 'applied', { what: 'applied' });

    expect(await ask(state, 'GET', '/jobs')).toMatchObject({
      status: 200,
      body: {
        talker: {
          status: 'RUNNING',
          pid: String(await running()),
          restarts: '0',
          execPath: '/bin/sh',
          def: { job: 'talker', config: '{}', exec_args: ['-c', script] },
        },
      },
    });
    expect(await ask(state, 'GET', '/jobConfig')).toMatchObject({
      body: { configs: [{ name: 'main', job: 'talker', data: '{}', files: null }] },
    });
    expect(await ask(state, 'GET', '/jobConfig/talker/none')).toEqual({ status: 204, body: undefined });
    const { body: told } = await ask(state, 'GET', '/events?after=0');
    expect(told).toMatchObject({
      events: expect.arrayContaining([
        expect.objectContaining({ name: 'job_running', job: 'talker', pid: await running() }),
        expect.objectContaining({ name: 'outcome', state: 'applied' }),
      ]) as unknown,
      missed: false,
    });
    const { last } = told as { last: string };
    expect((await ask(state, 'GET', `/events?after=${last}&wait=1ms`)).status).toBe(204);
    const next = ask(state, 'GET', `/events?after=${last}&wait=1m`);
    expect((await ask(state, 'POST', '/job/talker/stop', { for: '1h' })).status).toBe(204);
    expect(await running()).toBeUndefined();
    expect(await next).toMatchObject({ status: 200, body: { missed: false } });
    await waitFor(async () => (await statusOf(state)).state === 'drift', { what: 'drift' });
    expect((await ask(state, 'POST', '/job/talker/start')).status).toBe(204);
    expect(await running()).toBeGreaterThan(0);

    const refused = await Promise.all(
      (
        [
          ['GET', '/job/nobody'],
          ['POST', '/job/nobody/stop'],
          ['POST', '/job/talker/stop', { for: 'soon' }],
          ['POST', '/process', { path: '/bin/sh' }],
          ['DELETE', '/job/talker'],
          ['POST', '/status'],
          ['GET', '/nothing'],
          ['POST', '/apply'],
          ['GET', '/events?wait=2h'],
        ] as const
      ).map(async ([method, path, body]) => (await ask(state, method, path, body)).status),
    );
    expect(refused).toEqual([404, 404, 400, 501, 501, 501, 404, 409, 400]);

    expect((await ask(state, 'POST', '/busy/talker', { for: '1h' })).status).toBe(204);
    const unit = jobUnit('talker', '/bin/sh', ['-c', 'exec sleep 2000']);
    const idle = createTarget([unit], { ...plainSettings, apply: { kind: 'idle' } });
    const before = await running();
    stream.send(fleet.revision(2, idle, first.versions).offer());
    await waitFor(async () => (await statusOf(state)).state === 'pending', { what: 'pending' });
    expect(await ask(state, 'GET', '/status')).toMatchObject({
      body: { code: 'pending-idle', message: "kept busy by 'talker'" },
    });
    expect(await running()).toBe(before);
    const { since } = await statusOf(state);
    await agent.end('SIGKILL');
    device.start();
    const again = await server.stream(1);
    await waitFor(async () => (await statusOf(state)).state === 'pending', { what: 'pending again' });
    expect(await ask(state, 'GET', `/events?after=${last}`)).toMatchObject({ body: { missed: true } });
    await waitFor(async () => (await statusOf(state)).since === since, { what: 'the same wait' });
    expect((await agentCommand(['apply', '--state', state])).code).toBe(0);
    await waitFor(async () => (await statusOf(state)).state === 'applied', { what: 'applied' });
    expect(await running()).not.toBe(before);
    await waitFor(
      () =>
        again.received.some(
          (message) =>
            message.kind === 'receipt' &&
            statementOf(message.envelope).predicate.remarks.includes('applied early, as asked on the device'),
        ),
      { what: 'the receipt of it' },
    );
  }, 60_000);
});
