// SPDX-License-Identifier: Apache-2.0
import canonicalize from 'canonicalize';
import { FairleadError } from './error.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The one textual form of a JSON value (RFC 8785, JCS). Numbers beyond the safe integers, lone surrogates and anything that is not
 * JSON throw: a digest must never depend on what a runtime makes of them.
 */
export function canonicalJson(value: unknown): string {
  const fault = faultIn(value);
  if (fault !== undefined) {
    const message = `no canonical JSON for ${fault.what} at '${fault.path}'`;
    throw new FairleadError({ code: 'internal', message });
  }
  const text = canonicalize(value);
  if (text === undefined) throw new FairleadError({ code: 'internal', message: 'value has no JSON form' });
  return text;
}

/** UTF-8 bytes of `canonicalJson`. */
export function canonicalBytes(value: unknown): Uint8Array {
  return Buffer.from(canonicalJson(value), 'utf8');
}

interface Fault {
  readonly path: string;
  readonly what: string;
}

/** The first part of a value that has no one form. Its path is put together only where there is one: most values are sound. */
function faultIn(value: unknown): Fault | undefined {
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'string':
      return value.isWellFormed() ? undefined : { path: '', what: 'a lone surrogate' };
    case 'number':
      return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
        ? undefined
        : { path: '', what: `number ${String(value)}` };
    case 'object':
      return value === null ? undefined : faultInMembers(value);
    default:
      return { path: '', what: typeof value };
  }
}

function faultInMembers(value: object): Fault | undefined {
  for (const [key, item] of Object.entries(value) as readonly (readonly [string, unknown])[]) {
    if (!key.isWellFormed()) return { path: '', what: 'a lone surrogate in a key' };
    const fault = faultIn(item);
    if (fault !== undefined) return { ...fault, path: `/${key}${fault.path}` };
  }
  return undefined;
}
