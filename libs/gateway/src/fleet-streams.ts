// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import type { Goodbye, GoodbyeReason, Hello } from '@fairlead/wire';
import { decideTelling } from './device-progress.ts';
import { createFanOut } from './fan-out.ts';
import { createIdentityRecheck } from './identity-recheck.ts';
import { createIdentityWatch } from './identity-watch.ts';
import type { Offers } from './offers.ts';
import type { GatewayEvent, IdentitiesPort } from './ports.ts';
import { createRefresher } from './refresher.ts';
import type { Session } from './session.ts';
import type { StatusWriter } from './status-book.ts';

/** All streams: one per device, each told what is published. */
export interface FleetStreams {
  opened(session: Session, cut: () => void): void;
  admit(session: Session, hello: Hello): Goodbye | undefined;
  closed(session: Session): void;
  /** Tells those whose target state changed at once, the rest in time. Resolves when each has been visited. */
  published(offers: Offers): Promise<void>;
  /** Ends the streams of certificates that are revoked by now, or have ended and were not renewed. */
  recheckIdentities(): void;
  /** Says goodbye to all, each with another time to come back. Resolves when no stream is left. */
  goodbye(): Promise<void>;
  /** Ends all streams for a moment, each with another time to come back, so that every certificate is judged anew. */
  judgeAnew(): void;
  count(): number;
  run(signal: AbortSignal): Promise<void>;
}

export interface FleetStreamsPorts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly identities: IdentitiesPort;
  readonly status: StatusWriter;
  emit(event: GatewayEvent): void;
}

/** A stream that takes nothing, or says nothing at its start, for this long is ended; how often that is looked at. Milliseconds. */
const patience = { stalledMs: 60_000, sweepMs: 5_000 } as const;
/** When to come back, in milliseconds; after a shutdown, per stream that is open. */
const comeBack = {
  revokedMs: 30_000,
  expiredMs: 0,
  replacedMs: 30_000,
  leastMs: 1_000,
  perStreamMs: 10,
} as const;

export function createFleetStreams(ports: FleetStreamsPorts): FleetStreams {
  const { clock } = ports;
  /** With the way to end it when it takes no goodbye. */
  const all = new Map<Session, () => void>();
  const live = new Map<string, Session>();
  const watch = createIdentityWatch(clock);
  const refresher = createRefresher<Session>({
    clock,
    random: ports.random,
    refresh: (session) => {
      session.stateDue();
    },
  });
  let current: Offers | undefined;
  let onEmpty = (): void => undefined;

  const fanOut = createFanOut(
    () => live.values(),
    (session) => {
      const progress = session.progress();
      if (current === undefined || progress === undefined) return;
      const { kind } = decideTelling(session.peer.id, progress, current.publication);
      // A new root may be the answer to a theft: it is told at once.
      const isNewRoot = progress.newestRoot < current.publication.newestRoot;
      if (kind === 'refresh' && !isNewRoot) refresher.add(session, progress.freshUntil);
      else if (kind !== 'nothing') session.stateDue();
    },
  );

  const recheck = createIdentityRecheck(clock, ports.identities);
  const recheckIdentities = (): void => {
    for (const [session, cut] of all) recheck(session, cut);
  };

  const hold = (device: string): Goodbye => ({
    kind: 'goodbye',
    reason: 'duplicate-identity',
    message: 'two devices use this identity by turns',
    retryAfterMs: Math.ceil(watch.heldFor(device)),
  });

  const leaveAll = (reason: GoodbyeReason, message: string): void => {
    const spread = Math.max(comeBack.leastMs, all.size * comeBack.perStreamMs);
    for (const session of all.keys())
      session.leave(reason, message, Math.floor(comeBack.leastMs + ports.random() * spread));
  };

  return {
    opened: (session, cut) => {
      all.set(session, cut);
    },
    admit(session, hello) {
      const device = session.peer.id;
      if (watch.heldFor(device) > 0) return hold(device);
      const before = live.get(device);
      const beforeHello = before?.hello();
      if (before !== undefined && beforeHello !== undefined) {
        live.delete(device);
        if (watch.replaced(device, beforeHello, hello)) {
          ports.status.held(device);
          ports.emit({ kind: 'duplicate-identity', device });
          const { reason, message, retryAfterMs } = hold(device);
          before.leave(reason, message, retryAfterMs);
          return hold(device);
        }
        before.leave('replaced', 'a newer stream of this device was opened', comeBack.replacedMs);
      }
      live.set(device, session);
      ports.emit({ kind: 'connected', device });
      return undefined;
    },
    closed(session) {
      all.delete(session);
      if (all.size === 0) onEmpty();
      refresher.remove(session);
      const device = session.peer.id;
      if (live.get(device) !== session) return;
      live.delete(device);
      ports.status.disconnected(device);
      ports.emit({ kind: 'disconnected', device });
    },
    published(offers) {
      current = offers;
      return fanOut();
    },
    recheckIdentities,
    goodbye() {
      const empty =
        all.size === 0
          ? Promise.resolve()
          : new Promise<void>((resolve) => {
              onEmpty = resolve;
            });
      leaveAll('shutting-down', 'the server ends');
      return empty;
    },
    judgeAnew() {
      leaveAll('unavailable', 'certificates are judged by other authorities from now on');
    },
    count: () => live.size,
    async run(signal) {
      const sweep = async (): Promise<void> => {
        for (;;) {
          await clock.sleep(patience.sweepMs, signal);
          recheckIdentities();
          const now = clock.monotonic();
          for (const [session, cut] of all) {
            const since = session.waitingSince();
            if (since !== undefined && now - since >= patience.stalledMs) cut();
          }
        }
      };
      await Promise.all([sweep(), refresher.run(signal)]);
    },
  };
}
