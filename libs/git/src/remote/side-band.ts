// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { textOf, unusable, type Packet } from './pkt-line.ts';

/** What a remote sends besides the data of band 1. */
export interface SideBandListener {
  /** A line of text before the bands begin. */
  line?(text: string): void;
  /** What the remote would have people read, in pieces. */
  message?(text: string): void;
}

/** The data of band 1 (gitprotocol-pack, side-band-64k). A fatal message of band 3 is thrown. */
export async function* bandOne(
  packets: AsyncIterable<Packet>,
  listener: SideBandListener = {},
): AsyncGenerator<Uint8Array> {
  for await (const packet of packets) {
    if (packet.kind !== 'line') continue;
    switch (packet.bytes[0]) {
      case 1:
        yield packet.bytes.subarray(1);
        break;
      case 2:
        listener.message?.(packet.bytes.toString('utf8', 1));
        break;
      case 3:
        throw unusable(`the remote says: ${packet.bytes.toString('utf8', 1, 500).trim()}`);
      default: {
        const text = textOf(packet);
        if (text.startsWith('shallow ')) {
          throw new FairleadError({ code: 'shallow-clone', message: 'the remote is a shallow clone' });
        }
        listener.line?.(text);
      }
    }
  }
}
