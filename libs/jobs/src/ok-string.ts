// SPDX-License-Identifier: Apache-2.0

/** What a program prints to say that it is ready. */
export const okString = '!!OK!!';

/** Looks for the OK string in chunks as they come; it may lie anywhere, also across their borders. */
export function createOkScanner(): (chunk: Buffer) => boolean {
  const wanted = Buffer.from(okString, 'latin1');
  let tail: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const text = Buffer.concat([tail, chunk]);
    tail = text.subarray(Math.max(0, text.length - wanted.length + 1));
    return text.includes(wanted);
  };
}
