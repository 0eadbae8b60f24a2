// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@fairlead/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf, programsIn, shapeOf, viewDevice } from './device-view.fixture.ts';
import { idle, shell, type RunningConfig } from './jobs.fixture.ts';
import { viewJournal } from './journal-view.fixture.ts';
import { createLab, type Lab } from './lab.fixture.ts';
import { isLong, seededRandom } from './seed.fixture.ts';

/** Two states between which one unit stays, one changes, one comes and one goes, and one is killed at times: either way. */
const struck = idle('struck', '1', { restart: true });
const [one, other]: readonly [RunningConfig, RunningConfig] = [
  { jobs: [idle('staying'), struck, idle('changing', 'one'), idle('first')] },
  { jobs: [idle('staying'), struck, idle('changing', 'other'), idle('second')] },
];

/** A target that nobody has seen yet, with a job that fails its start. */
const failing = (version: string): RunningConfig => ({
  jobs: [idle('staying'), struck, idle('changing', version), shell('bad', 'exit 3')],
});

let lab: Lab;
let shapes: readonly [object, object];
beforeAll(async () => {
  lab = await createLab();
  await lab.deploy(one);
  await lab.startServer();
  const agent = await lab.startAgent();
  await calmAt(1);
  await calmAt(await lab.deploy(other));
  // The first time there was no state before: from here on there always is one.
  const seen = [];
  for (const config of [one, other]) {
    await calmAt(await lab.deploy(config));
    seen.push(shapeOf(await viewDevice(lab.state)));
  }
  const [ofOne = {}, ofOther = {}] = seen;
  shapes = [ofOne, ofOther];
  await agent.end('SIGTERM');
});
afterAll(() => lab.remove());

/** Whether the device has nothing left to do about this commit, and its receipt stands in Git. */
async function isCalm(counter: number): Promise<boolean> {
  const journal = await viewJournal(lab.state);
  if (journal.counter !== counter || !journal.calm) return false;
  return (await lab.receipts()).some((receipt) => receipt.counter === counter);
}

async function calmAt(counter: number): Promise<void> {
  await waitFor(() => isCalm(counter), { what: `calm after commit ${String(counter)}`, everyMs: 50 });
}

/** Lets an agent with the switch set work on this commit. False: it did all there is to do, and was not killed. */
async function killAt(point: string, counter: number): Promise<boolean> {
  const agent = await lab.startAgent({ env: { FAIRLEAD_FAULT_JOURNAL: point } });
  let isGone = false;
  void agent.ended.then(() => {
    isGone = true;
  });
  await waitFor(async () => isGone || (await isCalm(counter)), {
    what: `the end of commit ${String(counter)}`,
    everyMs: 50,
  });
  await agent.end('SIGTERM');
  // An orderly end has an exit code.
  return (await agent.ended) === null;
}

/** Starts an agent that nobody kills, and lets it end what the last one left. */
async function recover(counter: number): Promise<void> {
  const agent = await lab.startAgent();
  await calmAt(counter);
  await waitFor(async () => processesOf(await viewDevice(lab.state))['struck'] !== undefined, {
    what: 'the struck job, running again',
  });
  await agent.end('SIGTERM');
}

/** Kills the job that starts again by itself, as it is killed on a device: at the same blow as the agent. */
async function strike(): Promise<void> {
  const [pid] = (processesOf(await viewDevice(lab.state))['struck'] ?? '').split(' ');
  if (pid !== undefined && pid !== '') process.kill(Number(pid), 'SIGKILL');
}

const staying = async (): Promise<string | undefined> => processesOf(await viewDevice(lab.state))['staying'];

async function expectOneReceipt(counter: number, result: string): Promise<void> {
  const receipts = await lab.receipts();
  expect(receipts.filter((receipt) => receipt.counter === counter)).toEqual([
    expect.objectContaining({ result }),
  ]);
  expect(receipts.map(({ seq }) => seq)).toEqual(receipts.map((_, index) => index + 1));
}

/** Every moment around every fsync, or about a fifth of them. */
function* points(what: string): Generator<string, void> {
  const random = seededRandom(what);
  const stride = (): number => (isLong ? 1 : 1 + Math.floor(random() * 9));
  for (let at = stride() - 1; ; at += stride())
    yield `${String(Math.floor(at / 2) + 1)}:${at % 2 === 0 ? 'before' : 'after'}`;
}

const patience = isLong ? 30 * 60_000 : 120_000;

describe('when the agent is killed at a step of its journal', () => {
  it(
    'ends exactly at the new state, with one receipt, and what stays is never touched',
    async () => {
      const process = await staying();
      let kills = 0;
      for (const point of points('kills of an update')) {
        const [config, shape] = kills % 2 === 0 ? [one, shapes[0]] : [other, shapes[1]];
        const counter = await lab.deploy(config);
        const killed = await killAt(point, counter);
        expect(await staying(), `killed at ${point}`).toBe(process);
        // The agent alone, then both of them, by turns.
        if (killed && kills % 4 >= 2) await strike();
        if (killed) await recover(counter);

        const view = await viewDevice(lab.state);
        expect(shapeOf(view), `after a kill at ${point}`).toEqual(shape);
        expect(processesOf(view)['staying']).toBe(process);
        expect(await programsIn(lab.state)).toBe(Object.keys(processesOf(view)).length);
        await expectOneReceipt(counter, 'applied');
        kills += 1;
        if (!killed) break;
      }
      expect(kills).toBeGreaterThan(3);
    },
    patience,
  );

  it(
    'ends exactly at the old state where the new one fails, with one receipt',
    async () => {
      const process = await staying();
      const shape = shapeOf(await viewDevice(lab.state));
      let kills = 0;
      for (const point of points('kills of a failing update')) {
        const counter = await lab.deploy(failing(`attempt ${String(kills)}`));
        const killed = await killAt(point, counter);
        expect(await staying(), `killed at ${point}`).toBe(process);
        if (killed) await recover(counter);

        const view = await viewDevice(lab.state);
        expect(shapeOf(view), `after a kill at ${point}`).toEqual(shape);
        expect(processesOf(view)['staying']).toBe(process);
        expect(await programsIn(lab.state)).toBe(Object.keys(processesOf(view)).length);
        await expectOneReceipt(counter, 'rolled-back');
        kills += 1;
        if (!killed) break;
      }
      expect(kills).toBeGreaterThan(3);
    },
    patience,
  );
});
