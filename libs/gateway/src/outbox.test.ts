// SPDX-License-Identifier: Apache-2.0
import { createFakeClock } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createOutbox } from './outbox.ts';

function start() {
  const written: string[] = [];
  let state: string | undefined;
  const takes: (() => void)[] = [];
  const outbox = createOutbox(
    createFakeClock(),
    {
      write(frame, done) {
        const bytes = Buffer.alloc(frame.byteLength);
        frame.copy(bytes);
        written.push(bytes.toString());
        takes.push(done);
      },
      end: () => {
        written.push('end');
      },
    },
    () => (state === undefined ? undefined : Buffer.from(state)),
  );
  return {
    outbox,
    written,
    /** The other side takes the frame under way. */
    take: () => takes.shift()?.(),
    say(next: string) {
      state = next;
      outbox.stateDue();
    },
    record: (text: string) => outbox.record(Buffer.from(text)),
  };
}

describe('when the other side is slow', () => {
  it('replaces waiting state by the newest, and keeps every record in order', () => {
    const { outbox, written, take, say, record } = start();
    say('state 1');
    say('state 2');
    record('record 1');
    say('state 3');
    record('record 2');
    expect(written).toEqual(['state 1']);
    for (let n = 0; n < 4; n += 1) take();
    expect(written).toEqual(['state 1', 'record 1', 'record 2', 'state 3']);
    expect(outbox.busySince()).toBeUndefined();
  });

  it('says so when more records wait than it will hold', () => {
    const { record } = start();
    const answers = Array.from({ length: 300 }, (_, n) => record(String(n)));
    expect(answers.slice(0, 257)).toEqual(Array.from({ length: 257 }, () => true));
    expect(answers.slice(257)).toEqual(Array.from({ length: 43 }, () => false));
  });

  it('ends with the last word after what waits, and takes nothing more', () => {
    const { outbox, written, take, say, record } = start();
    say('state 1');
    say('state 2');
    record('record');
    outbox.finish(Buffer.from('goodbye'));
    outbox.finish(Buffer.from('goodbye again'));
    record('late');
    for (let n = 0; n < 3; n += 1) take();
    expect(written).toEqual(['state 1', 'record', 'goodbye', 'end']);
  });
});
