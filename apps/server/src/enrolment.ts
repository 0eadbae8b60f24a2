// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Digest, type Result } from '@fairlead/base';
import type { EnrolmentPort, Failure } from '@fairlead/gateway';
import { checkToken, type Authority } from '@fairlead/identity/authority';
import type { LogRecord } from '@fairlead/log';
import { X509Certificate } from 'node:crypto';

export interface EnrolmentDesk {
  readonly fleet: Digest;
  readonly enrolmentKey: Uint8Array;
  readonly authority: Authority;
  readonly clock: Clock;
  /** Whether devices.json of the deployed commit lists the device. */
  isMember(device: string): boolean;
  /** The certificate that was handed out for a token; undefined: it was not used. */
  issuedFor(token: string): string | undefined;
  /** Resolves when the record stands in the log. */
  record(record: LogRecord): Promise<Result<unknown, Failure>>;
}

/** Takes one device in for a token, and its use is recorded before the certificate is handed out. */
export function createEnrolment(desk: EnrolmentDesk): EnrolmentPort {
  const underWay = new Set<string>();
  return {
    async enroll({ token: text, csr }) {
      const now = desk.clock.now();
      const token = checkToken(text, { enrolmentKey: desk.enrolmentKey, fleet: desk.fleet, now });
      if (!token.ok) return token;
      const { id, device } = token.value;
      if (!desk.isMember(device))
        return err({ code: 'not-in-fleet', message: `device ${device} is not listed in devices.json` });
      if (underWay.has(id)) return err(usedUp(device));
      underWay.add(id);
      try {
        const issued = await desk.authority.issueDevice({ csr, fleet: desk.fleet, device, now });
        if (!issued.ok) return err({ code: 'invalid-input', message: issued.error });
        const before = desk.issuedFor(id);
        // The device may have lost the first answer; its key proves that it is the same one.
        if (before !== undefined)
          return haveSameKey(before, issued.value.certificate)
            ? ok({ certificate: before })
            : err(usedUp(device));
        const { certificate, fingerprint } = issued.value;
        const recorded = await desk.record({
          kind: 'enrolled',
          at: new Date(now).toISOString(),
          device,
          token: id,
          certificate,
          fingerprint,
          approvedBy: `token ${id}`,
        });
        return recorded.ok ? ok({ certificate }) : recorded;
      } finally {
        underWay.delete(id);
      }
    },
  };
}

function usedUp(device: string): Failure {
  return { code: 'token-used', message: `the token for ${device} was used already` };
}

function haveSameKey(a: string, b: string): boolean {
  return new X509Certificate(a).publicKey.equals(new X509Certificate(b).publicKey);
}
