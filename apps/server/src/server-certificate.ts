// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { KeyPair } from '@fairlead/identity/authority';
import { X509Certificate } from 'node:crypto';
import type { HeldCa } from './held-keys.ts';

/**
 * What the listeners show: the certificate of the key folder for as long as a CA that counts has signed it, since devices that were
 * away know the older CAs; after that one of the newest CA, for the same key and names.
 */
export async function serverPairUnder(
  cas: readonly HeldCa[],
  { own, fleet, now }: { readonly own: KeyPair; readonly fleet: Digest; readonly now: number },
): Promise<KeyPair> {
  const certificate = new X509Certificate(own.certificate);
  const isGood = cas.some((ca) => {
    const issuer = new X509Certificate(ca.certificate);
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  });
  const newest = cas.findLast((ca) => ca.authority !== undefined)?.authority;
  if (isGood || newest === undefined) return own;
  const issued = await newest.issueServer({ key: own.key, fleet, names: namesOf(certificate), now });
  return { key: own.key, certificate: issued.certificate };
}

/** DNS names and addresses. */
function namesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return subjectAltName.split(', ').flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? []);
}
