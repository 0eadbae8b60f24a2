// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';

/** One packet of Git's wire format (gitprotocol-common): a line, or a mark between parts. */
export type Packet =
  | { readonly kind: 'line'; readonly bytes: Buffer }
  | { readonly kind: 'flush' }
  | { readonly kind: 'delimiter' };

export const flushPacket: Uint8Array = Buffer.from('0000');
export const delimiterPacket: Uint8Array = Buffer.from('0001');

export function linePacket(line: string): Uint8Array {
  const bytes = Buffer.from(line, 'utf8');
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** Cuts a stream of bytes into packets. Throws `remote-unusable` where they are none, or where the stream ends inside one. */
export async function* readPackets(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Packet> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 4) {
      const length = lengthOf(rest.toString('latin1', at, at + 4));
      if (length < 4) {
        if (length === 0) yield { kind: 'flush' };
        else if (length === 1) yield { kind: 'delimiter' };
        at += 4;
        continue;
      }
      if (rest.length - at < length) break;
      yield { kind: 'line', bytes: rest.subarray(at + 4, at + length) };
      at += length;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw unusable('the answer ends in the middle of a line');
}

/** The packet's text without its line end; a remote's own words of refusal are thrown. */
export function textOf({ bytes }: Packet & { readonly kind: 'line' }): string {
  const text = bytes.toString('utf8').replace(/\n$/, '');
  if (text.startsWith('ERR ')) throw unusable(`the remote says: ${text.slice(4, 500)}`);
  return text;
}

export function unusable(message: string): FairleadError {
  return new FairleadError({ code: 'remote-unusable', message });
}

function lengthOf(hex: string): number {
  if (!/^[0-9a-f]{4}$/i.test(hex)) throw unusable('the answer does not follow the Git protocol');
  return Number.parseInt(hex, 16);
}
