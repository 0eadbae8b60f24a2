// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';

/** The lines of a socket; ends at a line longer than `most` bytes, since whoever sends that speaks another language. */
export async function* linesOf(socket: Socket, most: number): AsyncGenerator<string, void> {
  let open = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    open = Buffer.concat([open, chunk]);
    for (let end = open.indexOf(0x0a); end >= 0; end = open.indexOf(0x0a)) {
      yield open.toString('utf8', 0, end);
      open = open.subarray(end + 1);
    }
    if (open.length > most) return;
  }
}
