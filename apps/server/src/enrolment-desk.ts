// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Digest, type Result } from '@fairlead/base';
import type { Failure } from '@fairlead/gateway';
import type { Authority } from '@fairlead/identity/authority';
import type { LogRecord, LogState } from '@fairlead/log';
import type { EnrollResponse } from '@fairlead/wire';
import { X509Certificate } from 'node:crypto';

/** What everything that hands out certificates works with. */
export interface EnrolmentDesk {
  readonly fleet: Digest;
  readonly authority: Pick<Authority, 'issueDevice' | 'keyOf'>;
  /** PEM of each CA whose certificates count. */
  authorities(): readonly string[];
  readonly clock: Clock;
  /** How long a device's certificate lives, in milliseconds. */
  readonly certificateLife: number;
  /** Whether devices.json of the deployed commit lists the device; undefined: nothing has been deployed yet. */
  isMember(device: string): boolean | undefined;
  /** Undefined: the log has not been read yet. */
  log(): LogState | undefined;
  /** Resolves when the record stands in the log. */
  record(record: LogRecord): Promise<Result<unknown, Failure>>;
}

/** Where a server that has just started sends devices back, in milliseconds. */
const startingMs = 2_000;

/** Why nothing can be handed out to a device, whatever it shows; else what the log comes to. */
export function judgeMember(desk: EnrolmentDesk, device: string): Result<LogState, Failure> {
  const log = desk.log();
  const isMember = desk.isMember(device);
  if (log === undefined || isMember === undefined)
    return err({ code: 'starting', message: 'nothing is deployed yet', retryAfterMs: startingMs });
  if (!isMember)
    return err({ code: 'not-in-fleet', message: `device ${device} is not listed in devices.json` });
  return ok(log);
}

/** The key that a request is for, unless it is one that may not come back. */
export async function judgeKey(
  desk: EnrolmentDesk,
  log: LogState,
  csr: Uint8Array,
): Promise<Result<Digest, Failure>> {
  const key = await desk.authority.keyOf(csr);
  if (!key.ok) return err({ code: 'invalid-input', message: key.error });
  if (log.revokedKeys.has(key.value))
    return err({
      code: 'certificate-revoked',
      message: 'this key was revoked, or another has taken its place',
    });
  return key;
}

/** Takes a device in. Its key has been judged. */
export async function takeIn(
  desk: EnrolmentDesk,
  { csr, ...facts }: { device: string; csr: Uint8Array; token?: string; approvedBy: string },
): Promise<Result<EnrollResponse, Failure>> {
  const now = desk.clock.now();
  const issued = await issue(desk, facts.device, csr, now);
  if (!issued.ok) return issued;
  const { certificate, fingerprint } = issued.value;
  const at = new Date(now).toISOString();
  const recorded = await desk.record({ kind: 'enrolled', at, ...facts, certificate, fingerprint });
  return recorded.ok ? ok(answerWith(certificate, now)) : recorded;
}

/** A certificate that is not recorded yet. */
export async function issue(
  { authority, fleet, certificateLife }: EnrolmentDesk,
  device: string,
  csr: Uint8Array,
  now: number,
): Promise<Result<{ readonly certificate: string; readonly fingerprint: Digest }, Failure>> {
  const issued = await authority.issueDevice({ csr, fleet, device, now, life: certificateLife });
  if (!issued.ok) return err({ code: 'invalid-input', message: issued.error });
  const { certificate, fingerprint } = issued.value;
  return ok({ certificate, fingerprint });
}

/** Whether a certificate still opens anything: neither has it ended, nor has its CA gone. */
export function stillCounts(desk: EnrolmentDesk, certificate: string): boolean {
  const read = new X509Certificate(certificate);
  const isOurs = desk.authorities().some((ca) => read.verify(new X509Certificate(ca).publicKey));
  return isOurs && read.validToDate.getTime() > desk.clock.now();
}

/** What a device is told of its certificate. `issued`: milliseconds since 1970. */
export function answerWith(
  certificate: string,
  issued: number,
): EnrollResponse & { readonly renewAt: number } {
  const expires = new X509Certificate(certificate).validToDate.getTime();
  return { certificate, renewAt: issued + Math.floor(((expires - issued) * 2) / 3) };
}
