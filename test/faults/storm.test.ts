// SPDX-License-Identifier: Apache-2.0
import type { Disconnected } from '@fairlead/simulator';
import { waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { isLong } from './seed.fixture.ts';
import { createSimulatedScene, type SimulatedScene } from './simulated.fixture.ts';

const devices = isLong ? 5_000 : 500;
const waitMs = isLong ? 300_000 : 60_000;
/** Back within a blink, whatever happens: all of them at once. */
const atOnce = { reconnect: { baseMs: 50, capMs: 500 } } as const;

async function allSay(
  scene: SimulatedScene,
  what: string,
  isSo: (counts: ReturnType<SimulatedScene['fleet']['counts']>) => boolean,
): Promise<void> {
  await waitFor(
    () => {
      const counts = scene.fleet.counts();
      if (!isSo(counts)) throw new Error(JSON.stringify(counts));
      return true;
    },
    { what, withinMs: waitMs, everyMs: 100 },
  );
}

/** Each device once for each revision, in an unbroken chain. */
async function expectWholeLog(scene: SimulatedScene, revisions: number): Promise<void> {
  const receipts = await scene.receipts();
  expect(receipts).toHaveLength(scene.devices.length * revisions);
  const chains = Map.groupBy(receipts, ({ device }) => device);
  for (const device of scene.devices) {
    const chain = (chains.get(device) ?? []).toSorted((a, b) => a.seq - b.seq);
    expect(chain.map(({ seq, counter, result }) => ({ seq, counter, result }))).toEqual(
      Array.from({ length: revisions }, (_, n) => ({ seq: n + 1, counter: n + 1, result: 'applied' })),
    );
  }
}

describe(`when ${String(devices)} devices lose their server at once`, () => {
  it(
    'all come back to the next one, whether it was killed or took its leave; nothing is applied twice, no receipt is lost',
    async () => {
      const scene = await createSimulatedScene(devices, { behaviour: atOnce });
      const { fleet } = scene;
      const first = await scene.startServer();
      fleet.start();
      await allSay(scene, 'first revision', ({ acknowledged }) => acknowledged === devices);

      // Killed in the midst of a revision: offers are out, receipts on their way.
      await scene.deploy('second');
      await allSay(scene, 'second revision begun', ({ offers }) => offers > devices + devices / 10);
      await first.end('SIGKILL');
      const second = await scene.startServer();
      await allSay(scene, 'back after the kill', (counts) => counts.acknowledged === 2 * devices);
      await allSay(scene, 'all connected', ({ connected }) => connected === devices);
      await expectWholeLog(scene, 2);

      // Its leave says when to come back, each device another time.
      const left = scene.events.length;
      const leftAt = performance.now();
      expect(await second.end('SIGTERM')).toMatchObject({ code: 0 });
      const goodbyes = scene.events
        .slice(left)
        .filter((event): event is Disconnected => event.kind === 'disconnected' && event.welcomed);
      expect(goodbyes.filter(({ goodbye }) => goodbye?.reason === 'shutting-down')).toHaveLength(devices);
      const pauses = goodbyes.map(({ goodbye }) => goodbye?.retryAfterMs ?? 0);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_000);
      expect(new Set(pauses).size).toBeGreaterThan(devices / 4);
      const third = await scene.startServer();
      await scene.deploy('third');
      await allSay(scene, 'back after its leave', (counts) => counts.acknowledged === 3 * devices);
      expect(performance.now() - leftAt).toBeGreaterThanOrEqual(1_000);
      expect(fleet.counts().refusals).toBe(0);
      await fleet.stop();
      expect(await third.end('SIGTERM')).toMatchObject({ code: 0 });
      await expectWholeLog(scene, 3);
    },
    isLong ? 900_000 : 150_000,
  );
});
