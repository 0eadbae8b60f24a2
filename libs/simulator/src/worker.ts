// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import { receiptLimits } from '@fairlead/trust/verify';
import type { DeviceState, Status } from '@fairlead/wire';
import type { Behaviour } from './behaviour.ts';
import type { DeviceMemory, WantedTarget } from './device-memory.ts';
import type { SimulatedEvent } from './events.ts';
import type { SimulatedIdentity } from './identity.ts';
import { appendReceipt, type ReceiptFacts } from './receipt-chain.ts';

/** Stands in for the engine: takes its time over a target state, then states what came of it. */
export interface Worker {
  /** Something may have to be applied. A newer wish takes the place of one that has not begun. */
  look(signal: AbortSignal): void;
  status(): Status;
}

export interface WorkerPorts {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly behaviour: Behaviour;
  /** Named in receipts. */
  readonly runId: string;
  memory(): DeviceMemory;
  store(memory: DeviceMemory): void;
  /** There is a new status, and perhaps a receipt. */
  changed(): void;
  readonly emit: (event: SimulatedEvent) => void;
}

/** What a simulated device says it runs. */
export const simulatedVersion = '0.0.0-simulated';

export function createWorker(identity: SimulatedIdentity, ports: WorkerPorts): Worker {
  const { clock, random, behaviour } = ports;
  const { device } = identity;
  let since = clock.now();
  let busy = false;

  const factsOf = (wanted: WantedTarget, previousTarget: ReceiptFacts['previousTarget']): ReceiptFacts => {
    const fails = random() < behaviour.failShare;
    const now = clock.now();
    return {
      device,
      revision: wanted.revision,
      counter: wanted.counter,
      target: wanted.target,
      previousTarget,
      result: fails ? 'rolled-back' : 'applied',
      code: fails ? 'health-failed' : null,
      units: wanted.units.slice(0, receiptLimits.units).map((unit, n) => ({
        unit,
        result: fails ? (n === 0 ? 'failed' : 'rolled-back') : 'applied',
        code: fails && n === 0 ? 'health-failed' : null,
      })),
      unitsOmitted: Math.max(0, wanted.units.length - receiptLimits.units),
      deviceTime: now,
      trustedTime: now,
      bootId: ports.runId,
      agentVersion: simulatedVersion,
      remarks: [],
    };
  };
  const apply = async (wanted: WantedTarget, signal: AbortSignal): Promise<void> => {
    const [least, most] = behaviour.applyMs;
    since = clock.now();
    if (most > 0) {
      ports.changed();
      await clock.sleep(least + random() * (most - least), signal);
    }
    const memory = ports.memory();
    const facts = factsOf(wanted, memory.committed);
    const applied = facts.result === 'applied';
    ports.store({
      ...memory,
      committed: applied ? wanted.target : memory.committed,
      failed: applied ? null : wanted.target,
      chain: appendReceipt(memory.chain, facts, identity.key),
    });
    since = clock.now();
    const result = applied ? 'applied' : 'rolled-back';
    ports.emit({ kind: 'ended', device, revision: wanted.revision, target: wanted.target, result });
    ports.changed();
  };
  const stateOf = ({ wanted, committed, failed }: DeviceMemory): DeviceState => {
    if (wanted === null) return 'pending';
    if (wanted.target === committed) return 'applied';
    return wanted.target === failed ? 'failed' : 'applying';
  };

  return {
    look(signal) {
      if (busy) return;
      const work = async (): Promise<void> => {
        for (let due = dueIn(ports.memory()); due !== null; due = dueIn(ports.memory()))
          await apply(due, signal);
      };
      busy = true;
      work()
        .catch(() => undefined)
        .finally(() => {
          busy = false;
        });
    },
    status() {
      const memory = ports.memory();
      const { wanted } = memory;
      const state = stateOf(memory);
      return {
        kind: 'status',
        state,
        code: state === 'failed' ? 'health-failed' : null,
        message: '',
        since,
        revision: wanted?.revision ?? null,
        target: wanted?.target ?? null,
        units: [],
        drift: [],
      };
    },
  };
}

/** What is wanted and has yet to be applied. */
function dueIn({ wanted, committed, failed }: DeviceMemory): WantedTarget | null {
  return wanted === null || wanted.target === committed || wanted.target === failed ? null : wanted;
}
