// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises';
import { randomInt } from 'node:crypto';
import { FairleadError, silentLogger, type Clock } from '@fairlead/base';
import { createProgramLogger, defineCommand, exitCode, systemClock } from '@fairlead/program';
import { createDrivers } from '../drivers.ts';
import { knownEngine } from '../engine-choice.ts';
import { askAgent } from '../local-client.ts';
import { holdFolder, type LocalServer } from '../local-server.ts';
import { refusal } from '../local-protocol.ts';
import { jobFlags, stateFlag } from '../settings.ts';
import { makeStateFolder, stateFolder, type StateFolder } from '../state-folder.ts';
import { takeDown } from '../take-down.ts';

/** How long a running agent may take to let go, in milliseconds. */
const releaseMs = 60_000;
const lookMs = 50;

export const downCommand = defineCommand({
  name: 'down',
  summary: 'Ends the agent, if one runs, and everything that it runs.',
  examples: ['fairlead-agent down --state /var/lib/fairlead'],
  flags: { ...stateFlag, ...jobFlags },
  async run({ flags }, context) {
    const folder = stateFolder(flags.state);
    const exists = await stat(folder.root).then(
      () => true,
      () => false,
    );
    if (!exists) {
      throw new FairleadError({
        code: 'misuse',
        message: `there is no folder ${folder.root}`,
        hint: 'Name the folder of the agent with --state.',
      });
    }
    await makeStateFolder(folder);
    const held = await takeOver(folder, systemClock, context.signal);
    try {
      const drivers = await createDrivers({
        folder,
        settings: flags,
        containerEngine: await knownEngine(folder.containers),
        clock: systemClock,
        logger: createProgramLogger({ name: 'fairlead-agent', terminal: context.terminal, level: 'warn' }),
        random: () => randomInt(2 ** 32) / 2 ** 32,
        environment: context.terminal.env,
      });
      const { stopped, remaining } = await takeDown(folder, drivers, context.signal);
      const lines = [
        ...stopped.map((unit) => `stopped ${unit}`),
        ...remaining.map(({ unit, message }) => `still there: ${unit}: ${message}`),
      ];
      await context.answer({ json: { stopped, remaining }, text: lines.join('\n') || 'nothing runs' });
      return remaining.length === 0 ? exitCode.done : exitCode.no;
    } finally {
      await held.close();
    }
  },
});

/** It is being taken down by somebody else, or has not taken hold yet. */
function unlessLeaving(thrown: unknown): null {
  if (thrown instanceof FairleadError && thrown.code === 'state-in-use') return null;
  throw thrown;
}

/** Asks the agent that holds the folder to end, and holds the folder in its place. */
async function takeOver(folder: StateFolder, clock: Clock, signal: AbortSignal): Promise<LocalServer> {
  const end = clock.monotonic() + releaseMs;
  for (;;) {
    await askAgent(folder.socket, 'POST', '/stop').catch(unlessLeaving);
    try {
      return await holdFolder(
        folder.socket,
        () => refusal(503, 'state-in-use', 'the agent is being taken down', 'Wait until it is done.'),
        silentLogger,
      );
    } catch (thrown) {
      const inUse = thrown instanceof FairleadError && thrown.code === 'state-in-use';
      if (!inUse || clock.monotonic() > end) throw thrown;
    }
    await clock.sleep(lookMs, signal);
  }
}
