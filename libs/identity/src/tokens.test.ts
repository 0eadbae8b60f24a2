// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkToken, createEnrolmentKey, createToken, defaultTokenLife } from './authority.ts';
import { formatToken, parseToken } from './index.ts';

const enrolmentKey = createEnrolmentKey();
const fleet = sha256('root');
const device = '0b9e1c5a-0000-4000-8000-000000000001';
const now = Date.UTC(2026, 5, 1);
const expires = now + defaultTokenLife;
const make = () => formatToken(createToken({ enrolmentKey, fleet, device, expires }));
const context = { enrolmentKey, fleet, now };

describe('when a token is made', () => {
  it('names device, expiry and fleet, and nothing of the enrolment key', () => {
    expect(parseToken(make())).toMatchObject({ ok: true, value: { device, expires, fleet } });
    expect(make()).not.toContain(Buffer.from(enrolmentKey).toString('base64url'));
  });

  it('is another one each time', () => {
    expect(make()).not.toBe(make());
  });

  it('refuses what is no device id', () => {
    expect(() => createToken({ enrolmentKey, fleet, device: 'gateway', expires })).toThrow(
      expect.objectContaining({ code: 'misuse' }),
    );
  });
});

describe('when a token is checked', () => {
  it('is accepted until it expires', () => {
    const token = make();
    expect(checkToken(token, context)).toMatchObject({ ok: true, value: { device } });
    expect(checkToken(` ${token}\n`, { ...context, now: expires - 1 })).toMatchObject({ ok: true });
    expect(checkToken(token, { ...context, now: expires })).toMatchObject({
      ok: false,
      error: { code: 'token-expired' },
    });
  });

  it('is refused by another key and another fleet', () => {
    const invalid = { ok: false, error: { code: 'token-invalid' } };
    expect(checkToken(make(), { ...context, enrolmentKey: createEnrolmentKey() })).toMatchObject(invalid);
    expect(checkToken(make(), { ...context, fleet: sha256('another root') })).toMatchObject(invalid);
  });

  it('is refused with any character changed', () => {
    const token = make();
    fc.assert(
      fc.property(
        fc.nat(token.length - 1),
        fc.constantFrom('a', 'b', 'Y', 'Z', '0', '1', '9', '-', '_', '.'),
        (place, character) => {
          const changed = token.slice(0, place) + character + token.slice(place + 1);
          expect(checkToken(changed, context).ok).toBe(changed === token);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never crashes, and never repeats what may be a secret', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const checked = checkToken(text, context);
        expect(checked.ok).toBe(false);
        if (!checked.ok && text.length > 10) expect(checked.error.message).not.toContain(text);
      }),
    );
  });
});
