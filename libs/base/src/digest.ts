// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { FairleadError } from './error.ts';

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

const form = /^sha256:[0-9a-f]{64}$/;

export function sha256(data: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && form.test(text);
}

/** The 64 hexadecimal digits alone: file names, URLs, RFC 6962 hashes. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** From 64 hexadecimal digits (any case) to a digest; throws on anything else. */
export function digestFromHex(hex: string): Digest {
  const digest = `sha256:${hex.toLowerCase()}`;
  if (!isDigest(digest))
    throw new FairleadError({ code: 'internal', message: `not 64 hexadecimal digits: ${hex}` });
  return digest;
}
