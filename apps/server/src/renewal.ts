// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { EnrolmentPort, Failure } from '@fairlead/gateway';
import { certificateFingerprint, keyFingerprint } from '@fairlead/identity';
import type { EnrollResponse } from '@fairlead/wire';
import { X509Certificate } from 'node:crypto';
import { answerWith, issue, judgeKey, judgeMember, type EnrolmentDesk } from './enrolment-desk.ts';

type Renew = EnrolmentPort['renew'];

/**
 * Gives a device its next certificate, for the key that it has: so its receipts belong to one key until a token or a person lets another
 * in, and a stream that is open stays that of the same holder. `maxAway`: how long after its end a certificate still counts for this,
 * in milliseconds.
 */
export function createRenewal(desk: EnrolmentDesk & { readonly maxAway: number }): Renew {
  const underWay = new Map<string, ReturnType<Renew>>();

  async function renew({
    device,
    certificate,
    csr,
  }: Parameters<Renew>[0]): Promise<Result<EnrollResponse, Failure>> {
    const log = judgeMember(desk, device);
    if (!log.ok) return log;
    const key = await judgeKey(desk, log.value, csr);
    if (!key.ok) return key;
    if (key.value !== keyFingerprint(certificate.publicKey)) {
      const message = 'a renewal is for the same key; another one needs a token or an approval';
      return err({ code: 'invalid-input', message });
    }
    const previous = certificateFingerprint(certificate);
    const known = log.value.certificates.get(device);
    if (known?.fingerprints.includes(previous) !== true) {
      const message = `the fleet log holds no certificate ${previous} of ${device}`;
      return err({ code: 'not-permitted', message });
    }
    const now = desk.clock.now();
    // The device may have lost an answer, or be early: so often as it asks, a certificate costs one record.
    const newest = answerWith(known.certificate, Date.parse(known.at));
    if (now < newest.renewAt) return ok(newest);
    const ended = new X509Certificate(known.certificate).validToDate.getTime();
    if (now - ended > desk.maxAway) {
      const message = `the certificate of ${device} ended at ${new Date(ended).toISOString()}`;
      return err({ code: 'away-too-long', message });
    }
    const issued = await issue(desk, device, csr, now);
    if (!issued.ok) return issued;
    const at = new Date(now).toISOString();
    const recorded = await desk.record({ kind: 'renewed', at, device, ...issued.value, previous });
    return recorded.ok ? ok(answerWith(issued.value.certificate, now)) : recorded;
  }

  return (request) => {
    // Two at once are one: both prove the same key.
    const open = underWay.get(request.device);
    if (open !== undefined) return open;
    const done = renew(request).finally(() => underWay.delete(request.device));
    underWay.set(request.device, done);
    return done;
  };
}
