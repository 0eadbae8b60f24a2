// SPDX-License-Identifier: Apache-2.0
import canonicalize from 'canonicalize';
import { FairleadError } from './error.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The one textual form of a JSON value (RFC 8785, JCS). Numbers beyond the safe integers, lone surrogates and anything that is not
 * JSON throw: a digest must never depend on what a runtime makes of them.
 */
export function canonicalJson(value: unknown): string {
  assertCanonical(value, '');
  const text = canonicalize(value);
  if (text === undefined) throw new FairleadError({ code: 'internal', message: 'value has no JSON form' });
  return text;
}

/** UTF-8 bytes of `canonicalJson`. */
export function canonicalBytes(value: unknown): Uint8Array {
  return Buffer.from(canonicalJson(value), 'utf8');
}

function assertCanonical(value: unknown, path: string): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) refuse(path, 'a lone surrogate');
    return;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
      refuse(path, `number ${String(value)}`);
    return;
  }
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      assertCanonical(item, `${path}/${String(index)}`);
    });
    return;
  }
  if (typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      if (!key.isWellFormed()) refuse(path, 'a lone surrogate in a key');
      assertCanonical(item, `${path}/${key}`);
    }
    return;
  }
  refuse(path, typeof value);
}

function refuse(path: string, what: string): never {
  throw new FairleadError({ code: 'internal', message: `no canonical JSON for ${what} at '${path}'` });
}
