// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, digestHex, err, ok, type Digest, type Result } from '@fairlead/base';
import type { X509Certificate } from 'node:crypto';

/** Who a certificate speaks for. The fleet is the SHA-256 of root version 1. */
export type Identity =
  | { readonly kind: 'device'; readonly fleet: Digest; readonly id: string }
  | { readonly kind: 'operator'; readonly fleet: Digest; readonly name: string }
  | { readonly kind: 'server'; readonly fleet: Digest };

const form =
  /^fairlead:\/\/([0-9a-f]{64})\/(?:(server)|device\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|operator\/([a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?))$/;

/** `fairlead://<fleet>/device/<uuid>`, `…/operator/<name>`, `…/server`. */
export function formatIdentity(identity: Identity): string {
  const fleet = `fairlead://${digestHex(identity.fleet)}`;
  switch (identity.kind) {
    case 'device':
      return `${fleet}/device/${identity.id}`;
    case 'operator':
      return `${fleet}/operator/${identity.name}`;
    case 'server':
      return `${fleet}/server`;
  }
}

/** Exactly the form that `formatIdentity` writes: lower case, nothing before or after. */
export function parseIdentity(uri: string): Result<Identity, string> {
  const match = form.exec(uri);
  const hex = match?.[1];
  if (match === null || hex === undefined) return err(`'${uri}' is no identity of a fleet`);
  const fleet = digestFromHex(hex);
  const [, , server, id, name] = match;
  if (server !== undefined) return ok({ kind: 'server', fleet });
  if (id !== undefined) return ok({ kind: 'device', fleet, id });
  return name === undefined
    ? err(`'${uri}' is no identity of a fleet`)
    : ok({ kind: 'operator', fleet, name });
}

/**
 * The identity that a certificate states: the one URI among its alternative names. It is worth what the chain is worth: check that
 * first. Servers are known by this too, not by a host name, so that an address may change without a new certificate.
 */
export function certificateIdentity(certificate: X509Certificate): Result<Identity, string> {
  // Node quotes a name that holds a comma, so that no other name can pass for a URI.
  const uris = (certificate.subjectAltName ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  const [uri] = uris;
  if (uri === undefined || uris.length !== 1)
    return err(`the certificate states ${uris.length} URIs, not one`);
  return parseIdentity(uri.slice('URI:'.length));
}
