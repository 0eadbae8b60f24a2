// SPDX-License-Identifier: Apache-2.0
import type { EnrolmentSource } from '@fairlead/api';
import { compareBytes, err, ok, type Result } from '@fairlead/base';
import type { Failure } from '@fairlead/gateway';
import { keyFingerprint } from '@fairlead/identity';
import type { DeviceCertificates } from '@fairlead/log';
import { wireLimits, type IssuedEnrolment } from '@fairlead/wire';
import { X509Certificate } from 'node:crypto';
import { judgeKey, judgeMember, takeIn, type EnrolmentDesk } from './enrolment-desk.ts';
import type { WaitingDevice, WaitingDevices } from './waiting-devices.ts';

export interface OfficePorts {
  readonly waiting: WaitingDevices;
  /** As devices.json says; undefined: it lists no such device. */
  listed(device: string): { readonly name: string; readonly group: string } | undefined;
  /** A revocation stands in the log. */
  onRevoked(): void;
}

/** What operators may see and decide about identities. */
export function createEnrolmentOffice(desk: EnrolmentDesk, ports: OfficePorts): EnrolmentSource {
  const { waiting } = ports;

  function choose(device: string, key: string | null): Result<WaitingDevice, Failure> {
    const all = waiting.of(device);
    const meant = key === null ? all : all.filter((one) => one.key === key);
    const [first] = meant;
    if (first !== undefined && meant.length === 1) return ok(first);
    return first === undefined
      ? err({
          code: 'request-unknown',
          message: `${key === null ? 'nobody' : `no key ${key}`} asks to be device ${device}`,
        })
      : err({
          code: 'request-ambiguous',
          message: `these keys ask to be device ${device}: ${meant.map((one) => one.key).join(', ')}`,
        });
  }

  return {
    page(after) {
      const certificates = desk.log()?.certificates ?? new Map<string, DeviceCertificates>();
      const ids = [...new Set([...certificates.keys(), ...waiting.devices()])]
        .filter((id) => after === null || compareBytes(id, after) > 0)
        .sort(compareBytes);
      const page = ids.slice(0, wireLimits.devicesPerPart);
      return {
        devices: page.map((device) => {
          const listed = ports.listed(device);
          const known = certificates.get(device);
          return {
            device,
            name: listed?.name ?? '',
            group: listed?.group ?? '',
            waiting: waiting.of(device).map(({ key, address, since }) => ({ key, address, since })),
            certificate: known === undefined ? null : shown(known),
          };
        }),
        next: page.length < ids.length ? (page.at(-1) ?? null) : null,
      };
    },
    async approve({ device, key, by }) {
      const log = judgeMember(desk, device);
      if (!log.ok) return log;
      const request = choose(device, key);
      if (!request.ok) return request;
      const { csr } = request.value;
      const judged = await judgeKey(desk, log.value, csr);
      if (!judged.ok) return judged;
      const taken = await takeIn(desk, { device, csr, approvedBy: by });
      if (!taken.ok) return taken;
      waiting.forget(device, judged.value);
      return ok({ key: judged.value });
    },
    async revoke({ device, by }) {
      const known = desk.log()?.certificates.get(device);
      if (known === undefined)
        return err({ code: 'request-unknown', message: `device ${device} has no certificate` });
      const { fingerprint } = known;
      if (known.revoked !== null) return ok({ fingerprint });
      const at = new Date(desk.clock.now()).toISOString();
      const recorded = await desk.record({ kind: 'revoked', at, device, fingerprint, by });
      if (!recorded.ok) return recorded;
      ports.onRevoked();
      return ok({ fingerprint });
    },
  };
}

function shown({ certificate, fingerprint, at, approvedBy, revoked }: DeviceCertificates): IssuedEnrolment {
  const read = new X509Certificate(certificate);
  return {
    fingerprint,
    key: keyFingerprint(read.publicKey),
    issued: Date.parse(at),
    expires: read.validToDate.getTime(),
    approvedBy,
    revoked: revoked === null ? null : { at: Date.parse(revoked.at), by: revoked.by },
  };
}
