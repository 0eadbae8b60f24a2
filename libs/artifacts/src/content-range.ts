// SPDX-License-Identifier: Apache-2.0
import type { IncomingHttpHeaders } from 'node:http';

/** What the head of an answer says about the bytes that follow (RFC 9110, 14.4 and 15.3.7). */
export type AnswerKind =
  /** The whole file. `total`: its length in bytes, where the host states one. */
  | { readonly kind: 'whole'; readonly total: number | null }
  /** The bytes from `start` on. */
  | { readonly kind: 'rest'; readonly start: number; readonly total: number | null }
  /** The host cannot continue at the wanted place. */
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'refused' };

export function readAnswerHead(status: number, headers: IncomingHttpHeaders): AnswerKind {
  switch (status) {
    case 200:
      return { kind: 'whole', total: wholeNumber(headers['content-length']) };
    case 206: {
      const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
      if (match === null) return { kind: 'unsatisfiable' };
      return { kind: 'rest', start: Number(match[1]), total: wholeNumber(match[3]) };
    }
    case 416:
      return { kind: 'unsatisfiable' };
    default:
      return { kind: 'refused' };
  }
}

/** A strong entity tag: the only kind that may vouch for joining two parts (RFC 9110, 13.1.5). */
export function strongTag(headers: IncomingHttpHeaders): string | null {
  const { etag } = headers;
  return etag !== undefined && /^"[^"]*"$/.test(etag) ? etag : null;
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
