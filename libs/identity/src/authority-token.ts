// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, type Digest, type Result } from '@fairlead/base';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { parseToken, tokenIdBytes, uuidBytes, type EnrolmentToken } from './token.ts';

/** How long a token lives where nothing else is said, in milliseconds. */
export const defaultTokenLife = 24 * 3_600_000;

/** A new enrolment key: 32 bytes. Whoever holds it can make tokens. */
export function createEnrolmentKey(): Uint8Array {
  return randomBytes(32);
}

/**
 * Makes a token without any server: the secret is an HMAC over the id, so nothing need be stored. That it works once only is seen to
 * by the record of its use. `device`: UUID in lower case. `expires`: milliseconds since 1970.
 */
export function createToken(input: {
  readonly enrolmentKey: Uint8Array;
  readonly fleet: Digest;
  readonly device: string;
  readonly expires: number;
}): EnrolmentToken {
  const device = uuidBytes(input.device);
  if (device === undefined)
    throw new FairleadError({ code: 'misuse', message: `'${input.device}' is no device id` });
  const expires = Buffer.alloc(tokenIdBytes.expires);
  expires.writeUIntBE(input.expires, 0, tokenIdBytes.expires);
  const id = Buffer.concat([device, expires, randomBytes(tokenIdBytes.random)]).toString('base64url');
  return { ...input, id, secret: secretOf(input.enrolmentKey, id).toString('base64url') };
}

export interface TokenProblem {
  readonly code: 'token-invalid' | 'token-expired';
  readonly message: string;
}

/** Whether we made this token, for this fleet, and it still lives. `now`: milliseconds since 1970. */
export function checkToken(
  text: string,
  context: { readonly enrolmentKey: Uint8Array; readonly fleet: Digest; readonly now: number },
): Result<EnrolmentToken, TokenProblem> {
  const token = parseToken(text);
  if (!token.ok) return err({ code: 'token-invalid', message: token.error });
  const { id, secret, fleet, expires } = token.value;
  if (!timingSafeEqual(Buffer.from(secret, 'base64url'), secretOf(context.enrolmentKey, id))) {
    return err({
      code: 'token-invalid',
      message: 'the token was not made with the enrolment key of this server',
    });
  }
  if (fleet !== context.fleet)
    return err({ code: 'token-invalid', message: 'the token is for another fleet' });
  if (expires <= context.now)
    return err({ code: 'token-expired', message: `the token expired at ${new Date(expires).toISOString()}` });
  return token;
}

function secretOf(enrolmentKey: Uint8Array, id: string): Buffer {
  return createHmac('sha256', enrolmentKey).update(id).digest();
}
