// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Digest, type Result } from '@fairlead/base';
import type { EnrolmentPort, Failure } from '@fairlead/gateway';
import { keyFingerprint } from '@fairlead/identity';
import { checkToken } from '@fairlead/identity/authority';
import type { EnrollResponse } from '@fairlead/wire';
import { X509Certificate } from 'node:crypto';
import {
  answerWith,
  judgeKey,
  judgeMember,
  stillCounts,
  takeIn,
  type EnrolmentDesk,
} from './enrolment-desk.ts';
import { createRenewal } from './renewal.ts';
import type { WaitingDevices } from './waiting-devices.ts';

export interface EnrolmentOptions extends EnrolmentDesk {
  readonly enrolmentKey: Uint8Array;
  /** How long after its end a certificate can still be renewed, in milliseconds. */
  readonly maxAway: number;
  readonly waiting: WaitingDevices;
}

/** Lets devices in: for a token, or when somebody has approved them; and gives them the next certificate. */
export function createEnrolment(desk: EnrolmentOptions): EnrolmentPort {
  return { enroll: byToken(desk), ask: byApproval(desk), renew: createRenewal(desk) };
}

type Answer = Result<EnrollResponse, Failure>;

/** Takes one device in for a token, and its use is recorded before the certificate is handed out. */
function byToken(desk: EnrolmentOptions): EnrolmentPort['enroll'] {
  /** By the token's id: for which key it is being used, and with what answer. */
  const underWay = new Map<string, { readonly key: Digest; readonly answer: Promise<Answer> }>();
  return async ({ token: text, csr }) => {
    const { enrolmentKey, fleet, clock } = desk;
    const token = checkToken(text, { enrolmentKey, fleet, now: clock.now() });
    if (!token.ok) return token;
    const { id, device } = token.value;
    const log = judgeMember(desk, device);
    if (!log.ok) return log;
    const key = await judgeKey(desk, log.value, csr);
    if (!key.ok) return key;
    const before = log.value.enrolments.get(id);
    if (before !== undefined) {
      // The device may have lost the first answer; its key proves that it is the same one.
      const known = log.value.certificates.get(device);
      return known?.revoked === null && key.value === keyOf(before) && stillCounts(desk, known.certificate)
        ? ok(answerWith(known.certificate, Date.parse(known.at)))
        : err(usedUp(device));
    }
    const now = underWay.get(id);
    // An agent that was killed while it asked comes back before its first answer is recorded.
    if (now !== undefined) return now.key === key.value ? now.answer : err(usedUp(device));
    const answer = takeIn(desk, { device, csr, token: id, approvedBy: `token ${id}` });
    underWay.set(id, { key: key.value, answer });
    try {
      return await answer;
    } finally {
      underWay.delete(id);
    }
  };
}

/** Without a token a device waits; once it was approved, whoever holds its key gets the certificate. */
function byApproval(desk: EnrolmentOptions): EnrolmentPort['ask'] {
  return async ({ device, csr, address }) => {
    const log = judgeMember(desk, device);
    if (!log.ok) return log;
    const key = await judgeKey(desk, log.value, csr);
    if (!key.ok) return key;
    const known = log.value.certificates.get(device);
    const isItsOwn = known?.revoked === null && key.value === keyOf(known.certificate);
    if (isItsOwn && stillCounts(desk, known.certificate))
      return ok(answerWith(known.certificate, Date.parse(known.at)));
    const retryAfterMs = desk.waiting.ask(device, { key: key.value, csr, address });
    return err({
      code: 'enrolment-pending',
      message: `device ${device} with the key ${key.value} waits for approval`,
      retryAfterMs,
    });
  };
}

function usedUp(device: string): Failure {
  return { code: 'token-used', message: `the token for ${device} was used already` };
}

function keyOf(certificate: string): string {
  return keyFingerprint(new X509Certificate(certificate).publicKey);
}
