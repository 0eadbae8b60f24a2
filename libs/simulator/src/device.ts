// SPDX-License-Identifier: Apache-2.0
import { FairleadError, sha256, type Clock } from '@fairlead/base';
import type { HeldTrust } from '@fairlead/trust/verify';
import {
  PROTOCOL,
  type FromServer,
  type Goodbye,
  type HeldMetadata,
  type Hello,
  type Offer,
  type Refresh,
  type Welcome,
} from '@fairlead/wire';
import { randomUUID } from 'node:crypto';
import type { Behaviour } from './behaviour.ts';
import type { DeviceMemory } from './device-memory.ts';
import type { SimulatedEvent } from './events.ts';
import type { SimulatedIdentity } from './identity.ts';
import type { OfferJudge } from './offer-judge.ts';
import { createOutgoing, type Outgoing } from './outgoing.ts';
import { acknowledgeReceipts, meetLog } from './receipt-chain.ts';
import type { Sources } from './sources.ts';
import type { DeviceStream } from './stream.ts';
import { createWorker, simulatedVersion } from './worker.ts';

/** One device, whatever stream it is on. */
export interface Device {
  readonly identity: SimulatedIdentity;
  memory(): DeviceMemory;
  hello(): Hello;
  /** `streamSignal` aborts with the stream, `lifeSignal` when the device is switched off. */
  hear(
    message: Exclude<FromServer, Goodbye>,
    stream: DeviceStream,
    at: number,
    signals: { readonly stream: AbortSignal; readonly life: AbortSignal },
  ): void;
  /** The stream is over. */
  left(): void;
  isConnected(): boolean;
}

/** What the devices of one process share. */
export interface DevicePorts {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly behaviour: Behaviour;
  readonly judge: OfferJudge;
  readonly sources: Sources;
  /** Random, new with every run of the process. */
  readonly runId: string;
  versions(held: HeldTrust): HeldMetadata;
  readonly emit: (event: SimulatedEvent) => void;
}

export function createDevice(identity: SimulatedIdentity, start: DeviceMemory, ports: DevicePorts): Device {
  const { clock, emit } = ports;
  const { device } = identity;
  let memory = start;
  let welcomedAt: number | undefined;
  let outgoing: Outgoing | undefined;
  let last = Promise.resolve();

  const worker = createWorker(identity, {
    ...ports,
    memory: () => memory,
    store: (next) => {
      memory = next;
    },
    changed: () => {
      outgoing?.receipts();
      outgoing?.status(worker.status());
    },
  });

  const refuse = (message: Offer | Refresh, code: string, text: string, stream: DeviceStream): void => {
    stream.say({
      kind: 'refusal',
      id: randomUUID(),
      revision: sha256(message.manifest),
      code,
      message: text.slice(0, 500),
      deviceTime: clock.now(),
      trustedTime: clock.now(),
    });
    emit({ kind: 'refused', device, code, message: text });
  };

  const take = async (
    message: Offer | Refresh,
    stream: DeviceStream,
    signals: Parameters<Device['hear']>[3],
  ): Promise<void> => {
    const { held } = memory;
    const roots = await ports.sources.roots(identity, held, message.newestRoot, signals.stream);
    const verdict = ports.judge.judge(device, held, message, roots);
    memory = { ...memory, held: (verdict.ok ? verdict.value : verdict.error).held };
    if (!verdict.ok) {
      refuse(message, verdict.error.code, verdict.error.message, stream);
      return;
    }
    const { revision, counter } = verdict.value;
    if (message.kind === 'refresh') {
      emit({ kind: 'refreshed', device, revision });
      if (memory.wanted?.target === message.target)
        memory = { ...memory, wanted: { ...memory.wanted, revision, counter } };
      return;
    }
    const { target } = message;
    const bytes = message.targetState ?? (await ports.sources.target(identity, target, signals.stream));
    const units = ports.sources.units(bytes, target);
    if (!units.ok) {
      refuse(message, units.error.code, units.error.message, stream);
      return;
    }
    memory = { ...memory, wanted: { revision, counter, target, units: units.value } };
    worker.look(signals.life);
  };

  const welcome = (message: Welcome, stream: DeviceStream, signal: AbortSignal): void => {
    const met = meetLog(memory.chain, message.log);
    memory = { ...memory, chain: met.chain };
    welcomedAt = clock.monotonic();
    outgoing = createOutgoing({ clock, chain: () => memory.chain, say: stream.say }, signal);
    outgoing.begin(message.limits, met.after);
    outgoing.status(worker.status());
  };

  const acknowledge = (seq: number): void => {
    const before = memory.chain.acknowledged.seq;
    memory = { ...memory, chain: acknowledgeReceipts(memory.chain, seq) };
    const count = memory.chain.acknowledged.seq - before;
    if (count > 0) emit({ kind: 'acknowledged', device, count });
    outgoing?.receipts();
  };

  return {
    identity,
    memory: () => memory,
    hello() {
      const { chain, held, wanted } = memory;
      return {
        kind: 'hello',
        agentVersion: simulatedVersion,
        protocol: PROTOCOL,
        bootId: ports.runId,
        architecture: process.arch,
        targetFormats: [1],
        capabilities: ['jobs'],
        held: ports.versions(held),
        revision: wanted?.revision ?? null,
        target: wanted?.target ?? null,
        receipts: { instance: chain.instance, ...chain.acknowledged },
        deviceTime: clock.now(),
        runId: ports.runId,
        timestampFile: Buffer.from(held.timestamp ?? '', 'utf8'),
        snapshotFile: Buffer.from(held.snapshot ?? '', 'utf8'),
      };
    },
    hear(message, stream, at, signals) {
      switch (message.kind) {
        case 'welcome':
          welcome(message, stream, signals.stream);
          worker.look(signals.life);
          break;
        case 'offer':
        case 'refresh':
          if (message.kind === 'offer')
            emit({
              kind: 'offered',
              device,
              revision: sha256(message.manifest),
              at,
              since: welcomedAt ?? at,
            });
          last = last
            .then(() => take(message, stream, signals))
            .catch((thrown: unknown) => {
              stream.cut(FairleadError.from(thrown).message);
            });
          break;
        case 'receipt-ack':
          acknowledge(message.seq);
          break;
        case 'command':
          stream.say({
            kind: 'command-result',
            id: message.id,
            ok: false,
            code: 'unsupported',
            message: 'a simulated device takes no commands',
          });
          break;
        case 'record-ack':
          break;
      }
    },
    left() {
      welcomedAt = undefined;
      outgoing = undefined;
    },
    isConnected: () => welcomedAt !== undefined,
  };
}
