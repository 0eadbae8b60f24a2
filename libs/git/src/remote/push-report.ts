// SPDX-License-Identifier: Apache-2.0
import { readPackets, textOf, unusable, type Packet } from './pkt-line.ts';
import { bandOne } from './side-band.ts';
import type { PushAnswer } from './transport.ts';

/** The remote's report on a push of one reference (gitprotocol-pack, report-status), its words for people as the reason. */
export async function readPushReport(
  packets: AsyncIterable<Packet>,
  ref: string,
  banded: boolean,
): Promise<PushAnswer> {
  let words = '';
  const message = (text: string): void => {
    words = `${words}${text}`.slice(0, 2000);
  };
  const report = banded ? readPackets(bandOne(packets, { message })) : packets;
  let unpacked = '';
  let answer: PushAnswer | undefined;
  for await (const packet of report) {
    if (packet.kind !== 'line') continue;
    const text = textOf(packet);
    if (text.startsWith('unpack ')) unpacked = text.slice('unpack '.length);
    else if (text === `ok ${ref}`) answer = { kind: 'done' };
    else if (text.startsWith(`ng ${ref} `))
      answer = { kind: 'refused', why: text.slice(`ng ${ref} `.length) };
  }
  if (unpacked !== 'ok') throw unusable(`the remote could not take the objects: ${unpacked || 'no report'}`);
  if (answer === undefined) throw unusable('the remote does not say whether it took the push');
  return answer.kind === 'done'
    ? answer
    : { kind: 'refused', why: [answer.why, spoken(words)].filter(Boolean).join('; ') };
}

/** One line, without what only a terminal understands. */
function spoken(words: string): string {
  return words
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}
