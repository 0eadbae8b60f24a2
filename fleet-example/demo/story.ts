// SPDX-License-Identifier: Apache-2.0
import { FairleadError, raceAbort } from '@fairlead/base';
import { edit, touchesEveryDevice } from './change.ts';
import type { DemoFleet, DemoServer } from './fleet.ts';
import { follow } from './follow.ts';
import type { ProgramProcess } from './process.ts';
import type { Show } from './show.ts';

/** What `npm start -- --once` answers. */
export interface Ending {
  readonly commit: string;
  readonly revision: string;
  readonly devices: number;
  readonly applied: number;
  readonly seconds: {
    /** From the begin of the commit until the server had sent the first device its offer. */
    readonly pushToOffer: number;
    /** From the begin of the commit until the receipts of all devices stood in Git. */
    readonly pushToReceipts: number;
  };
  readonly repo: string;
}

export interface Story {
  readonly ending: Ending;
  readonly server: DemoServer;
}

/** Shorter than the default of 10 s, so that nobody waits; said on the screen. */
const healthWindow = '2s';

/**
 * A server, three devices that join, and a commit that changes something on each; ends when all receipts are in. What happens after
 * that is shown too. `broken` is aborted when a program ends unasked, now or later: waiting for what it will never do helps nobody.
 */
export async function tellStory(
  fleet: DemoFleet,
  show: Show,
  broken: AbortController,
  signal: AbortSignal,
): Promise<Story> {
  signal.throwIfAborted();
  show.step(`a fleet in ${fleet.repo}`);
  show.step(`images at ${fleet.images}`);
  const first = await fleet.commit('Begin');
  const server = await raceAbort(fleet.startServer(), signal);
  show.step(`server at ${server.grpc} for devices and operators, ${server.http} for health and metrics`);
  watchOver('the server', server.process, broken);
  const follower = await follow(
    fleet,
    server,
    (sight) => {
      show.sight(sight);
    },
    signal,
  );
  show.step(`three devices join; their health window is ${healthWindow} instead of 10s`);
  await startAgents(fleet, server, broken);
  await follower.rollOut(first);

  await edit(fleet.repo, touchesEveryDevice);
  show.step(`commit a change for all of them: ${touchesEveryDevice.map(({ file }) => file).join(', ')}`);
  const change = await fleet.commit('Beat every second, and say that all is well');
  const { revision, offered, answered, receipts } = await follower.rollOut(change);
  const seconds = {
    pushToOffer: (offered - change.at) / 1000,
    pushToReceipts: (answered - change.at) / 1000,
  };
  show.step(
    `first offer ${seconds.pushToOffer} s after the commit, all receipts in Git after ${seconds.pushToReceipts} s`,
  );
  const applied = receipts.filter(({ result }) => result === 'applied').length;
  const devices = fleet.devices.length;
  return { ending: { commit: change.id, revision, devices, applied, seconds, repo: fleet.repo }, server };
}

async function startAgents(fleet: DemoFleet, server: DemoServer, broken: AbortController): Promise<void> {
  const flags = ['--health-window', healthWindow];
  await Promise.all(
    fleet.devices.map(async (device) => {
      watchOver(device.name, await fleet.startAgent(device, server, { flags }), broken);
    }),
  );
}

function watchOver(name: string, process: ProgramProcess, broken: AbortController): void {
  void process.ended.then((code) => {
    broken.abort(
      new FairleadError({ code: 'internal', message: `${name} ended with ${String(code)}; see its log` }),
    );
  });
}
