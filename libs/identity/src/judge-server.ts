// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { FairleadError, type Digest } from '@fairlead/base';
import { certificateIdentity } from './identity.ts';

/**
 * For TLS: whether a certificate whose chain has been checked is that of our fleet's server. It is known by the identity that it
 * states, not by a host name: an address may change, and names of hosts prove nothing to whoever connects.
 */
export function judgeServer(
  fleet: Digest,
): (host: string, certificate: Pick<PeerCertificate, 'raw'>) => FairleadError | undefined {
  return (host, { raw }) => {
    const identity = certificateIdentity(new X509Certificate(raw));
    if (!identity.ok) return refusal(`${host}: ${identity.error}`);
    const { kind } = identity.value;
    if (kind !== 'server') return refusal(`${host} shows the certificate of a ${kind}`);
    if (identity.value.fleet !== fleet) return refusal(`${host} is the server of another fleet`);
    return undefined;
  };
}

function refusal(message: string): FairleadError {
  return new FairleadError({ code: 'no-server', message });
}
