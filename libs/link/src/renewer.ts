// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import { err, fullJitter, isAbort, ok, type Clock, type Logger, type Result } from '@fairlead/base';
import { openChannel, type Keepalive } from './channel.ts';
import type { Credentials, CredentialStore } from './credentials.ts';
import { askForCertificate } from './enroll.ts';
import { failureOfThrown, type Failure } from './failure.ts';

export interface RenewerPorts {
  readonly server: string;
  readonly keepalive: Keepalive;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly credentials: CredentialStore;
  /** Milliseconds since 1970. */
  trustedTime(): number;
}

export interface Renewer {
  /**
   * Asks once for the next certificate, also where the present one has ended: on a connection of its own, so that the newest is what is shown. False:
   * the server thinks that the present one will do.
   */
  renew(signal: AbortSignal): Promise<Result<boolean, Failure>>;
  /** Renews in time, as long as a stream is open; rejects when the signal aborts. */
  run(signal: AbortSignal): Promise<never>;
}

/** Servers that say nothing of renewal issue for 90 days: a third of that before the end. Milliseconds. */
const unsaidMs = 30 * 86_400_000;
/** Part of the time that is left, over which devices that were taken in together are spread. */
const spread = 0.1;
/** A clock that is set is noticed within this time. Milliseconds. */
const longestSleepMs = 3_600_000;
const leastPauseMs = 1_000;
const pauses = { baseMs: 1_000, capMs: 3_600_000 } as const;

/** Keeps the certificate from ending. The key stays: receipts, and a stream that is open, go on as they are. */
export function createRenewer(ports: RenewerPorts): Renewer {
  const { clock, logger, random, credentials } = ports;

  async function renew(signal: AbortSignal): Promise<Result<boolean, Failure>> {
    const who = credentials.current();
    if (who === null) return ok(false);
    const channel = openChannel(ports.server, who, ports.keepalive);
    try {
      const granted = await askForCertificate(channel, who, { kind: 'renewal' }, clock, signal);
      if (!granted.ok) return granted;
      await credentials.saveCertificate(granted.value.certificate, granted.value.renewAt);
      return ok(granted.value.certificate !== who.certificate);
    } finally {
      channel.close();
    }
  }

  /** Waits until then by the trusted time, which may jump. */
  async function untilTime(time: number, signal: AbortSignal): Promise<void> {
    for (let left = time - ports.trustedTime(); left > 0; left = time - ports.trustedTime())
      await clock.sleep(Math.min(left, longestSleepMs), signal);
  }

  return {
    renew,
    async run(signal) {
      for (let attempt = 0; ;) {
        await untilTime(dueAt(credentials.current(), random()), signal);
        const renewed = await renew(signal).catch((thrown: unknown) => {
          if (isAbort(thrown) || signal.aborted) throw thrown;
          return err(failureOfThrown(thrown));
        });
        if (renewed.ok && renewed.value) {
          logger.info('certificate renewed');
          attempt = 0;
          continue;
        }
        if (!renewed.ok) logger.warn('the certificate is due, and was not renewed', { ...renewed.error });
        attempt += 1;
        const least = (renewed.ok ? undefined : renewed.error.retryAfterMs) ?? leastPauseMs;
        await clock.sleep(least + fullJitter(attempt, { ...pauses, random }), signal);
      }
    },
  };
}

/** Milliseconds since 1970. */
function dueAt(who: Credentials | null, random: number): number {
  if (who === null || who.certificate === null) return Infinity;
  const ends = new X509Certificate(who.certificate).validToDate.getTime();
  const at = who.renewAt ?? ends - unsaidMs;
  return at + Math.max(0, ends - at) * spread * random;
}
