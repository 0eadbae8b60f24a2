// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIdentity, parseIdentity, type Identity } from './index.ts';

const fleet = sha256('root');
const hex = fleet.slice('sha256:'.length);
const names = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,10}[a-z0-9])?$/);
const identities: fc.Arbitrary<Identity> = fc.oneof(
  fc.uuid().map((id) => ({ kind: 'device' as const, fleet, id })),
  names.map((name) => ({ kind: 'operator' as const, fleet, name })),
  fc.constant({ kind: 'server' as const, fleet }),
);

describe('when an identity is written as a URI', () => {
  it('reads back as it was', () => {
    fc.assert(
      fc.property(identities, (identity) => {
        expect(parseIdentity(formatIdentity(identity))).toEqual({ ok: true, value: identity });
      }),
    );
  });

  it.each([
    `fairlead://${hex}/device/0B9E1C5A-0000-4000-8000-000000000001`,
    `fairlead://${hex}/device/0b9e1c5a`,
    `fairlead://${hex}/device/0b9e1c5a-0000-4000-8000-000000000001/`,
    `fairlead://${hex}/operator/`,
    `fairlead://${hex}/operator/../server`,
    `fairlead://${hex}/server?x`,
    `fairlead://${hex.toUpperCase()}/server`,
    `fairlead://${hex.slice(1)}/server`,
    `https://${hex}/server`,
    ` fairlead://${hex}/server`,
    '',
  ])('refuses %j', (uri) => {
    expect(parseIdentity(uri).ok).toBe(false);
  });

  it('never crashes', () => {
    fc.assert(fc.property(fc.string(), (text) => !parseIdentity(text).ok));
  });
});
