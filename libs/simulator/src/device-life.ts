// SPDX-License-Identifier: Apache-2.0
import { FairleadError, fullJitter, type Clock } from '@fairlead/base';
import type { ServerAddress } from './address.ts';
import type { Behaviour } from './behaviour.ts';
import type { Device } from './device.ts';
import { dial } from './dial.ts';
import type { SimulatedEvent } from './events.ts';
import type { FleetAnchor } from './identity.ts';
import { runStream, type DeviceStream, type StreamEnd } from './stream.ts';
import type { Turnstile } from './turnstile.ts';

export interface LifePorts {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly address: ServerAddress;
  readonly anchor: FleetAnchor;
  readonly behaviour: Behaviour;
  /** For connections that are being opened. */
  readonly turnstile: Turnstile;
  readonly emit: (event: SimulatedEvent) => void;
}

export interface DeviceLife {
  /** Connects, and connects again, until it is switched off. */
  on(): void;
  /** Resolves when its connection is closed. */
  off(): Promise<void>;
  /** Cuts the connection without a word, and connects anew at once. */
  cut(): void;
}

/** A stream that lived this long was healthy: pauses begin anew. Milliseconds, as the agent has it. */
const healthyMs = 60_000;
/** No server may send a device away for longer than this, in milliseconds. */
const longestAfterMs = 60 * 60_000;

/** Where a device stands between its streams. */
interface Ended extends StreamEnd {
  readonly welcomed: boolean;
  readonly livedMs: number;
}

export function createDeviceLife(device: Device, ports: LifePorts): DeviceLife {
  const { clock, behaviour, emit } = ports;
  const id = device.identity.device;
  const authority = `${ports.address.host}:${String(ports.address.port)}`;
  let life = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let stream: DeviceStream | undefined;
  let wasCut = false;

  const connectOnce = async (signal: AbortSignal): Promise<Ended> => {
    const leave = await ports.turnstile.enter(signal);
    const over = new AbortController();
    const begun = clock.monotonic();
    let welcomedAt: number | undefined;
    try {
      const socket = await dial(ports.address, device.identity, ports.anchor, signal);
      const end = await runStream(
        socket,
        authority,
        clock,
        behaviour,
        {
          hello: () => device.hello(),
          onMessage(message, from, at) {
            stream = from;
            device.hear(message, from, at, { stream: over.signal, life: signal });
            if (message.kind !== 'welcome') return;
            welcomedAt = clock.monotonic();
            leave();
            emit({ kind: 'connected', device: id, tookMs: welcomedAt - begun });
          },
        },
        signal,
      );
      const livedMs = clock.monotonic() - (welcomedAt ?? clock.monotonic());
      return { ...end, welcomed: welcomedAt !== undefined, livedMs };
    } catch (thrown) {
      return { why: FairleadError.from(thrown).message, goodbye: null, welcomed: false, livedMs: 0 };
    } finally {
      over.abort();
      leave();
      stream = undefined;
      device.left();
    }
  };

  const pauseAfter = (end: Ended, attempt: number): number => {
    const policy = { ...behaviour.reconnect, random: ports.random };
    if (wasCut) return 0;
    return end.goodbye === null
      ? fullJitter(attempt, policy)
      : Math.min(end.goodbye.retryAfterMs, longestAfterMs) + fullJitter(0, policy);
  };

  const live = async (signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; ; attempt += 1) {
      const end = await connectOnce(signal);
      if (end.livedMs >= healthyMs) attempt = 0;
      const pauseMs = pauseAfter(end, attempt);
      wasCut = false;
      const { why, goodbye, welcomed } = end;
      emit({ kind: 'disconnected', device: id, why, welcomed, goodbye, pauseMs });
      await clock.sleep(pauseMs, signal);
    }
  };

  return {
    on() {
      life = new AbortController();
      running = live(life.signal).catch(() => undefined);
    },
    async off() {
      life.abort();
      await running;
    },
    cut() {
      if (stream === undefined) return;
      wasCut = true;
      stream.cut('cut');
    },
  };
}
