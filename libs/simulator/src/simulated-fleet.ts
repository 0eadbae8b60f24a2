// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import { randomUUID } from 'node:crypto';
import { splitAddress } from './address.ts';
import { defaultBehaviour, type Behaviour } from './behaviour.ts';
import { createCountBook, type FleetCounts } from './counts.ts';
import { createDevice } from './device.ts';
import { createDeviceLife } from './device-life.ts';
import { createVersionsReader, newMemory, type DeviceMemory } from './device-memory.ts';
import type { SimulatedEvent } from './events.ts';
import type { FleetAnchor, SimulatedIdentity } from './identity.ts';
import { createOfferJudge } from './offer-judge.ts';
import { createSources } from './sources.ts';
import { createTurnstile } from './turnstile.ts';

export interface SimulatedFleetOptions {
  /** `host:port` of the server's `--grpc`. */
  readonly server: string;
  readonly anchor: FleetAnchor;
  readonly devices: readonly SimulatedIdentity[];
  readonly behaviour?: Partial<Behaviour>;
  /** Connections that may be opened at once. Default: all, as in a storm. */
  readonly dialing?: number;
  /** What devices kept from an earlier run, by their id. */
  readonly memories?: ReadonlyMap<string, DeviceMemory>;
}

export interface SimulatedFleetPorts {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onEvent?: (event: SimulatedEvent) => void;
}

export interface SimulatedFleet {
  /** All devices connect. Resolves at once; they go on until `stop`. */
  start(): void;
  /** Closes every connection; memories stay. May be started again. */
  stop(): Promise<void>;
  counts(): FleetCounts;
  /** Cuts every stream without a word; all connect again at once. */
  storm(): void;
  memory(device: string): DeviceMemory | undefined;
  memories(): ReadonlyMap<string, DeviceMemory>;
}

/**
 * Light devices in one process that a server cannot tell from real ones: a TLS connection each with its own certificate, Hello, Status,
 * verified offers, signed receipts in a chain of their own, and the agent's way of coming back. Instead of running anything they wait.
 */
export function createSimulatedFleet(
  options: SimulatedFleetOptions,
  { clock, random, onEvent }: SimulatedFleetPorts,
): SimulatedFleet {
  const { anchor } = options;
  const address = splitAddress(options.server);
  const behaviour = { ...defaultBehaviour, ...options.behaviour };
  const book = createCountBook();
  const emit = (event: SimulatedEvent): void => {
    book.take(event);
    onEvent?.(event);
  };
  const shared = {
    clock,
    random,
    behaviour,
    emit,
    judge: createOfferJudge(clock, random, behaviour.verifyShare),
    sources: createSources(address, anchor),
    runId: randomUUID(),
    versions: createVersionsReader(),
    address,
    anchor,
    turnstile: createTurnstile(options.dialing ?? Infinity),
  };
  const fresh = newMemory(anchor);
  const devices = options.devices.map((identity) => {
    const known = options.memories?.get(identity.device);
    const memory = known?.chain.instance === identity.instance ? known : fresh(identity);
    const device = createDevice(identity, memory, shared);
    return { device, life: createDeviceLife(device, shared) };
  });
  const byId = new Map(devices.map(({ device }) => [device.identity.device, device]));

  return {
    start() {
      for (const { life } of devices) life.on();
    },
    async stop() {
      await Promise.all(devices.map(({ life }) => life.off()));
    },
    counts: () => book.read(devices.length, devices.filter(({ device }) => device.isConnected()).length),
    storm() {
      for (const { life } of devices) life.cut();
    },
    memory: (device) => byId.get(device)?.memory(),
    memories: () => new Map(devices.map(({ device }) => [device.identity.device, device.memory()])),
  };
}
