// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { isAbort, raceAbort, withDeadline } from './abort.ts';
import { createClock } from './clock.ts';
import { FairleadError } from './error.ts';

/** A clock whose timers run when told to. */
function manual() {
  const due: { callback: () => void; ms: number; cancelled: boolean }[] = [];
  const clock = createClock({
    now: () => 0,
    monotonic: () => 0,
    schedule: (callback, ms) => {
      const timer = { callback, ms, cancelled: false };
      due.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
  });
  const runNext = (): number => {
    const timer = due.shift();
    if (timer === undefined) throw new Error('no timer');
    if (!timer.cancelled) timer.callback();
    return timer.ms;
  };
  return { clock, due, runNext };
}

const never = new AbortController().signal;

describe('when a wait is called off', () => {
  it('rejects at once and cancels its timer', async () => {
    const { clock, due } = manual();
    const controller = new AbortController();
    const wait = clock.sleep(1000, controller.signal);

    controller.abort();

    await expect(wait).rejects.toSatisfy(isAbort);
    expect(due[0]?.cancelled).toBe(true);
  });

  it('rejects when the signal had aborted before', async () => {
    await expect(manual().clock.sleep(1, AbortSignal.abort())).rejects.toSatisfy(isAbort);
  });
});

describe('when a wait is longer than a timer can be', () => {
  it('is cut into timers that fit', async () => {
    const { clock, runNext } = manual();
    const wait = clock.sleep(2 ** 31 + 9, never);

    expect([runNext(), runNext()]).toEqual([2 ** 31 - 1, 10]);

    await expect(wait).resolves.toBeUndefined();
  });
});

describe('when work has a deadline', () => {
  it('gives the result of work that is in time', async () => {
    await expect(withDeadline(manual().clock, 10, never, () => Promise.resolve(7))).resolves.toBe(7);
  });

  it('ends with timed-out and aborts the work when it is not', async () => {
    const { clock, runNext } = manual();
    let seen: AbortSignal | undefined;
    const work = withDeadline(clock, 10, never, (signal) => {
      seen = signal;
      return new Promise<never>(() => undefined);
    });

    runNext();

    await expect(work).rejects.toMatchObject({ code: 'timed-out' });
    expect(seen?.aborted).toBe(true);
  });

  it('passes on the outer signal', async () => {
    const outer = new AbortController();
    const work = withDeadline(manual().clock, 10, outer.signal, (signal) =>
      raceAbort(new Promise<never>(() => undefined), signal),
    );

    outer.abort(new FairleadError({ code: 'cancelled', message: 'enough' }));

    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
  });
});
