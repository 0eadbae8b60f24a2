// SPDX-License-Identifier: Apache-2.0

/** How a registry wants to be asked (RFC 6750, RFC 7617; Docker's token authentication). */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer';
      /** Where tokens are given. */
      readonly realm: string;
      readonly service: string | undefined;
      readonly scope: string | undefined;
    };

/** Of a `WWW-Authenticate` header; undefined where it asks for something else. */
export function parseChallenge(header: string): Challenge | undefined {
  const scheme = /^\s*([A-Za-z]+)/.exec(header)?.[1]?.toLowerCase();
  if (scheme === 'basic') return { scheme };
  if (scheme !== 'bearer') return undefined;
  const given = new Map(
    Array.from(header.matchAll(/\b([a-z]+)="([^"]*)"/gi), ([, name = '', value = '']) => [
      name.toLowerCase(),
      value,
    ]),
  );
  const realm = given.get('realm');
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  return { scheme, realm, service: given.get('service'), scope: given.get('scope') };
}
