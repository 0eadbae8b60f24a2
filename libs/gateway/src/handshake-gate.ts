// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isAbort, type Clock, type Logger } from '@fairlead/base';
import type { Socket } from 'node:net';
import type { RateLimit } from './rate-limit.ts';

export interface GateOptions {
  /** Handshakes at once: each costs milliseconds of one core, so that more at once only end later, all of them. */
  readonly places: number;
  /** For how long a handshake holds its place, in milliseconds: a connection that says nothing must not keep the next ones out. */
  readonly placeMs: number;
}

/** Lets connections begin their handshakes, in the order of their coming: so many a second, and so many at once. */
export interface HandshakeGate {
  /** A new connection. */
  come(socket: Socket): void;
  /** Its handshake is over, well or not. Told of one that holds no place, it does nothing. */
  over(socket: Socket): void;
  waiting(): number;
  /** Closes those that wait. */
  close(): void;
  /** Until the signal aborts. */
  run(signal: AbortSignal): void;
}

export function createHandshakeGate(
  { places, placeMs }: GateOptions,
  rate: RateLimit,
  ports: { readonly clock: Clock; readonly logger: Logger; readonly begin: (socket: Socket) => void },
): HandshakeGate {
  const { clock } = ports;
  const waiting: Socket[] = [];
  /** In the order of their beginning, each with when it began. */
  const shaking = new Map<Socket, number>();
  let signal: AbortSignal | undefined;
  let asleep = false;

  /** Milliseconds until one more may begin; 0: now. */
  const wait = (): number => {
    const [oldest] = shaking.values();
    if (shaking.size < places || oldest === undefined) return rate.wait();
    return Math.max(rate.wait(), oldest + placeMs - clock.monotonic());
  };
  const begin = (socket: Socket): void => {
    if (shaking.size >= places) {
      const [oldest] = shaking.keys();
      if (oldest !== undefined) shaking.delete(oldest);
    }
    shaking.set(socket, clock.monotonic());
    ports.begin(socket);
  };
  const sleep = async (ms: number, until: AbortSignal): Promise<void> => {
    asleep = true;
    try {
      await clock.sleep(ms, until);
    } finally {
      asleep = false;
    }
    look();
  };
  const look = (): void => {
    while (waiting.length > 0) {
      const ms = wait();
      if (ms > 0) {
        if (asleep || signal === undefined) return;
        sleep(ms, signal).catch((thrown: unknown) => {
          if (!isAbort(thrown))
            ports.logger.error('accepting stopped', { reason: FairleadError.from(thrown).message });
        });
        return;
      }
      const socket = waiting.shift();
      if (socket === undefined || socket.destroyed) continue;
      rate.take();
      begin(socket);
    }
  };

  return {
    come(socket) {
      waiting.push(socket);
      look();
    },
    over(socket) {
      if (shaking.delete(socket)) look();
    },
    waiting: () => waiting.length,
    close() {
      for (const socket of waiting.splice(0)) socket.destroy();
    },
    run(given) {
      signal = given;
      look();
    },
  };
}
