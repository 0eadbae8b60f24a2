// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises';
import { FairleadError, isCode, type Digest } from '@fairlead/base';
import type { Receipt } from '@fairlead/trust/verify';
import type { FleetDeviceStatus, StatusPart } from '@fairlead/wire';
import type { DemoFleet, DemoServer } from './fleet.ts';
import { createReceiptReader } from './receipts.ts';
import type { Commit } from './repository.ts';
import { watchAgent, type AgentView } from './watch-agent.ts';
import { watchStatus } from './watch-status.ts';

/** What can be seen of a fleet while it lives. */
export type Sight =
  | { readonly kind: 'recorded'; readonly commit: string; readonly revision: Digest }
  | { readonly kind: 'refused'; readonly commit: string; readonly code: string }
  | { readonly kind: 'state'; readonly device: FleetDeviceStatus }
  | { readonly kind: 'units'; readonly device: string; readonly view: AgentView }
  | { readonly kind: 'receipt'; readonly receipt: Receipt };

interface RollOut {
  readonly revision: Digest;
  /** When the server sent the first device its offer, in milliseconds since 1970. */
  readonly offered: number;
  /** When the receipts of all devices were seen in the repository. */
  readonly answered: number;
  /** One of each device, all of them `applied`. */
  readonly receipts: readonly Receipt[];
}

export interface Follower {
  /** Resolves when every device's receipt for this commit stands in Git. Rejects when that cannot come any more. */
  rollOut(commit: Commit): Promise<RollOut>;
}

/** How often the repository is looked at for receipts, in milliseconds. */
const glance = 50;

/**
 * Follows a fleet from a server that has just become ready, as any operator could: its status, its log, the repository, and what the
 * agents say on their devices. Each new thing is told to `onSight` until the signal aborts.
 */
export async function follow(
  fleet: DemoFleet,
  server: DemoServer,
  onSight: (sight: Sight) => void,
  signal: AbortSignal,
): Promise<Follower> {
  const revisions = new Map<string, Digest>();
  const offers = new Map<unknown, number>();
  const states = new Map<string, string>();
  const receipts = new Map<Digest, Map<string, Receipt>>();
  const reader = createReceiptReader(fleet.repo);
  const failures: FairleadError[] = [];

  const look = async (): Promise<void> => {
    for (const receipt of await reader.fresh()) {
      const { revision, device, result, code } = receipt;
      receipts.set(revision, (receipts.get(revision) ?? new Map<string, Receipt>()).set(device, receipt));
      if (result !== 'applied') failures.push(failed(code, `${device} answers: ${result}`));
      onSight({ kind: 'receipt', receipt });
    }
  };
  const onPart = ({ head, devices }: StatusPart): void => {
    if (head.revision !== null && !revisions.has(head.commit)) {
      revisions.set(head.commit, head.revision);
      onSight({ kind: 'recorded', commit: head.commit, revision: head.revision });
    }
    for (const device of devices) {
      const state = `${device.state} ${device.code ?? ''}`;
      if (states.get(device.id) === state) continue;
      states.set(device.id, state);
      onSight({ kind: 'state', device });
      if (device.state === 'refused')
        failures.push(failed(device.code, `${device.name} refuses: ${device.message}`));
    }
  };

  server.process.onLog(({ msg, time, revision, commit, code }) => {
    if (msg === 'revision offered' && !offers.has(revision)) offers.set(revision, Date.parse(String(time)));
    if (msg !== 'commit refused') return;
    failures.push(failed(code, `the server refused commit ${String(commit)}`));
    onSight({ kind: 'refused', commit: String(commit), code: String(code) });
  });
  await watchStatus(fleet, server, onPart, signal);
  for (const device of fleet.devices) {
    let last = '';
    const onView = (view: AgentView): void => {
      const text = JSON.stringify(view);
      if (text !== last && view.units.length > 0) onSight({ kind: 'units', device: device.id, view });
      last = text;
    };
    void watchAgent(fleet.stateOf(device), onView, signal);
  }
  const looking = (async () => {
    while (!signal.aborted) {
      await look();
      await sleep(glance);
    }
  })();
  looking.catch((thrown: unknown) => {
    failures.push(FairleadError.from(thrown));
  });

  return {
    async rollOut({ id }) {
      failures.length = 0;
      for (;;) {
        signal.throwIfAborted();
        if (failures[0] !== undefined) throw failures[0];
        const revision = revisions.get(id);
        const offered = offers.get(revision);
        const answers = revision === undefined ? undefined : receipts.get(revision);
        if (revision !== undefined && offered !== undefined && answers?.size === fleet.devices.length) {
          return { revision, offered, answered: Date.now(), receipts: [...answers.values()] };
        }
        await sleep(glance / 5);
      }
    },
  };
}

function failed(code: unknown, message: string): FairleadError {
  return new FairleadError({ code: typeof code === 'string' && isCode(code) ? code : 'internal', message });
}
