// SPDX-License-Identifier: Apache-2.0
import type { Problem } from './diagnostic.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export type DecodedText =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'problem'; readonly problem: Problem };

/** The text of a file that people write: UTF-8, and the content itself rather than a pointer to it. */
export function decodeText(bytes: Uint8Array): DecodedText {
  let text;
  try {
    text = decoder.decode(bytes);
  } catch {
    return atStart('not-utf8', 'the file is not UTF-8 text');
  }
  if (isLfsPointer(text)) return atStart('lfs-pointer', 'the file is a Git LFS pointer, not its content');
  return { kind: 'text', text };
}

/** True where Git keeps the content elsewhere. */
export function isLfsPointer(text: string): boolean {
  return text.startsWith('version https://git-lfs.github.com/spec/');
}

function atStart(code: 'not-utf8' | 'lfs-pointer', message: string): DecodedText {
  return {
    kind: 'problem',
    problem: { severity: 'error', code, message, place: { kind: 'range', start: 0, end: 0 } },
  };
}
