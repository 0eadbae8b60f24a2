// SPDX-License-Identifier: Apache-2.0
import { programs } from '@fairlead/fleet-example';
import { startProgram, waitFor, type RunningProgram } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createSimulatedScene } from './simulated.fixture.ts';

const devices = 20;
const quick = ['--keepalive', '1s', '--keepalive-timeout', '2s'] as const;

/** Open streams, as the server counts them. */
async function streamsOf(server: RunningProgram): Promise<number> {
  const { http } = await server.ready();
  const metrics = await (await fetch(`http://${String(http)}/metrics`)).text();
  return Number(/^fairlead_streams(?:\{[^}]*\})? (\d+)$/m.exec(metrics)?.[1]);
}

describe('when one side is stopped, and its connections stay open', () => {
  it('devices leave a server that gives no sign of life, and come back to it when it does', async () => {
    const scene = await createSimulatedScene(devices, {
      behaviour: {
        keepalive: { everyMs: 1_000, timeoutMs: 2_000 },
        greetingMs: 1_000,
        reconnect: { baseMs: 100, capMs: 500 },
      },
    });
    const server = await scene.startServer();
    scene.fleet.start();
    await waitFor(() => scene.fleet.counts().acknowledged === devices, { what: 'all receipts' });
    server.process.kill('SIGSTOP');
    await waitFor(() => scene.fleet.counts().connected === 0, { what: 'all streams given up' });
    const silent = scene.events.filter(
      (event) => event.kind === 'disconnected' && event.why === 'no sign of life from the server',
    );
    expect(silent.length).toBeGreaterThanOrEqual(devices);
    server.process.kill('SIGCONT');
    await waitFor(() => scene.fleet.counts().connected === devices, { what: 'all back' });
    await waitFor(async () => (await streamsOf(server)) === devices, { what: 'one stream each' });
    await scene.fleet.stop();
    expect(await scene.receipts()).toHaveLength(devices);
  });

  it('the server ends the streams of devices that are dead, and takes them back when they live', async () => {
    const scene = await createSimulatedScene(devices, { serverFlags: quick });
    const server = await scene.startServer();
    const simulator = startProgram(process.execPath, [
      programs.cli,
      'sim',
      ...[
        '--repo',
        scene.repo,
        '--keys',
        scene.keys,
        '--server',
        scene.server,
        '--issue',
        '--output',
        'json',
      ],
    ]);
    await waitFor(async () => (await streamsOf(server)) === devices, { what: 'all connected' });
    simulator.process.kill('SIGSTOP');
    await waitFor(async () => (await streamsOf(server)) === 0, { what: 'all streams ended' });
    simulator.process.kill('SIGCONT');
    await waitFor(async () => (await streamsOf(server)) === devices, { what: 'all back' });
    expect(await simulator.end('SIGINT')).toMatchObject({ code: 130 });
    const summary = JSON.parse(simulator.stdout().at(-1) ?? '') as Record<string, unknown>;
    expect(summary).toMatchObject({ event: 'summary', devices, refusals: 0 });
    expect(summary['connects']).toBeGreaterThanOrEqual(2 * devices);
  });
});
