// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import type { IdentitiesPort } from './ports.ts';
import type { Session } from './session.ts';

/** When to come back, in milliseconds: for another certificate, at once; revoked ones have nothing to hurry for. */
const comeBack = { revokedMs: 5_000, expiredMs: 0 } as const;
/** Whoever does not take the goodbye within this time, in milliseconds, is cut off. */
const patienceMs = 2_000;

/**
 * Ends a stream whose certificate counts no more. A renewal leaves the stream as it is: it is for the same key, whose holder opened the
 * stream, so that the stream may go on for as long as the newest certificate.
 */
export function createIdentityRecheck(
  clock: Clock,
  identities: IdentitiesPort,
): (session: Session, cut: () => void) => void {
  /** When they were sent away, by the monotonic clock. */
  const dismissed = new WeakMap<Session, number>();
  return (session, cut) => {
    const { id, fingerprint, expires } = session.peer;
    const since = dismissed.get(session);
    if (since !== undefined) {
      if (clock.monotonic() - since >= patienceMs) cut();
      return;
    }
    const now = clock.now();
    if (identities.isRevoked(fingerprint)) {
      dismissed.set(session, clock.monotonic());
      const message = 'the certificate is revoked, or another key has taken its place';
      session.leave('revoked', message, comeBack.revokedMs);
    } else if (expires <= now && (identities.renewedUntil(id, fingerprint) ?? 0) <= now) {
      dismissed.set(session, clock.monotonic());
      session.leave('certificate-expired', 'the certificate has ended', comeBack.expiredMs);
    }
  };
}
