// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import type { Frame } from '@fairlead/wire';

/** The end of a stream that takes bytes: calls back when they are on their way. */
export interface ByteSink {
  write(frame: Frame, done: () => void): void;
  end(): void;
}

/**
 * What waits for one device, bounded whatever it does: one frame under way, records in order, and one place for state that is
 * filled when it can be sent. So a newer state replaces an older one, and a slow device costs nothing but its own place.
 */
export interface Outbox {
  /** False: more records wait than a stream may owe, and it should be ended. */
  record(frame: Frame): boolean;
  /** There is newer state to send. */
  stateDue(): void;
  /** Sends what waits, then `last`, and ends the stream. Nothing is taken after this. */
  finish(last: Frame | undefined): void;
  /** When the frame under way was written, by the monotonic clock in milliseconds; undefined: nothing is under way. */
  busySince(): number | undefined;
}

const maxRecords = 256;

/** `nextState` makes the newest state, or undefined if the device has it. */
export function createOutbox(clock: Clock, sink: ByteSink, nextState: () => Frame | undefined): Outbox {
  const records: Frame[] = [];
  let due = false;
  let since: number | undefined;
  let finishing = false;

  const next = (): Frame | undefined => {
    const record = records.shift();
    if (record !== undefined || !due || finishing) return record;
    due = false;
    return nextState();
  };
  const flush = (): void => {
    if (since !== undefined) return;
    const frame = next();
    if (frame === undefined) {
      if (finishing) sink.end();
      return;
    }
    since = clock.monotonic();
    sink.write(frame, () => {
      since = undefined;
      flush();
    });
  };

  return {
    record(frame) {
      if (finishing) return true;
      if (records.length >= maxRecords) return false;
      records.push(frame);
      flush();
      return true;
    },
    stateDue() {
      if (finishing) return;
      due = true;
      flush();
    },
    finish(last) {
      if (finishing) return;
      finishing = true;
      if (last !== undefined) records.push(last);
      flush();
    },
    busySince: () => since,
  };
}
