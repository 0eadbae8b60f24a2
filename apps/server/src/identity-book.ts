// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { IdentitiesPort } from '@fairlead/gateway';
import type { LogState } from '@fairlead/log';
import { X509Certificate } from 'node:crypto';

/** Which certificates count, as the fleet log says. `log`: undefined while it has not been read. */
export function createIdentityBook(fleet: Digest, log: () => LogState | undefined): IdentitiesPort {
  return {
    fleet,
    isRevoked: (fingerprint) => log()?.revoked.has(fingerprint) ?? false,
    renewedUntil(device, fingerprint) {
      const known = log()?.certificates.get(device);
      return known?.fingerprints.includes(fingerprint) === true
        ? new X509Certificate(known.certificate).validToDate.getTime()
        : undefined;
    },
  };
}
