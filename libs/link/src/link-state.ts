// SPDX-License-Identifier: Apache-2.0
import type { Clock, Code } from '@fairlead/base';
import type { Refusal } from '@fairlead/wire';
import {
  firstConnection,
  nextConnection,
  reconnectDefaults,
  type ConnectionEvent,
  type ReconnectPolicy,
} from './connection.ts';
import type { Failure } from './failure.ts';
import type { LinkOptions, LinkView } from './link-options.ts';

/** What the link knows of itself, in memory. Each change is told once. */
export interface LinkState {
  view(): LinkView;
  /** The later of system clock, build time and last signed time, milliseconds since 1970. */
  trustedTime(): number;
  step(event: ConnectionEvent): void;
  failed(failure: Failure | null): void;
  refused(refusal: Refusal): void;
  accepted(signedTime: number, remarks: readonly Code[]): void;
  /** A time that was signed, milliseconds since 1970: none before it is believed. */
  learnTime(signedTime: number): void;
  waiting(failure: Failure | null): void;
}

export function createLinkState({ clock, random, reconnect, agent, device }: LinkOptions): LinkState {
  const policy: ReconnectPolicy = { ...reconnectDefaults, ...reconnect, random };
  let view: LinkView = {
    connection: firstConnection,
    failure: null,
    refusal: null,
    waiting: null,
    remarks: [],
  };
  let latestSigned = agent.buildTime;
  const set = (change: Partial<LinkView>): void => {
    view = { ...view, ...change };
    device.changed();
  };
  return {
    view: () => view,
    trustedTime: () => trustedTime(clock, latestSigned),
    step(event) {
      const connection = nextConnection(view.connection, event, clock.monotonic(), policy);
      if (connection !== view.connection) set({ connection });
    },
    failed: (failure) => {
      set({ failure });
    },
    refused: (refusal) => {
      set({ refusal });
    },
    learnTime(signedTime) {
      latestSigned = Math.max(latestSigned, signedTime);
    },
    accepted(signedTime, remarks) {
      latestSigned = Math.max(latestSigned, signedTime);
      set({ refusal: null, waiting: null, remarks });
    },
    waiting(failure) {
      if (failure !== view.waiting) set({ waiting: failure });
    },
  };
}

function trustedTime(clock: Clock, latestSigned: number): number {
  return Math.max(clock.now(), latestSigned);
}
