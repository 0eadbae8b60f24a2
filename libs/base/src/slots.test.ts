// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlots } from './slots.ts';

const { signal } = new AbortController();

describe('when work waits for slots', () => {
  it('runs as many at a time as there are, never more, in the order of the calls, whichever fail', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.record({ turns: fc.integer({ min: 1, max: 5 }), fails: fc.boolean() }), {
          maxLength: 12,
        }),
        async (count, works) => {
          const slots = createSlots(count);
          const begun: number[] = [];
          let [running, most] = [0, 0];
          const all = await Promise.allSettled(
            works.map(({ turns, fails }, index) =>
              slots(async () => {
                begun.push(index);
                running += 1;
                most = Math.max(most, running);
                for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
                running -= 1;
                if (fails) throw new Error('failed');
              }, signal),
            ),
          );
          expect(begun).toEqual(works.map((_, index) => index));
          expect(most).toBe(Math.min(count, works.length));
          expect(all.map(({ status }) => status === 'rejected')).toEqual(works.map(({ fails }) => fails));
        },
      ),
    );
  });

  it('does not begin what was called off, and gives its slot to the next', async () => {
    const slots = createSlots(1);
    const first = Promise.withResolvers<string>();
    const off = new AbortController();
    const held = slots(() => first.promise, signal);
    const called = slots(() => Promise.resolve('called off'), off.signal);
    const next = slots(() => Promise.resolve('next'), signal);
    first.resolve('held');
    off.abort();
    await held;
    await expect(called).rejects.toThrow();
    expect(await next).toBe('next');
    await expect(slots(() => Promise.resolve(), off.signal)).rejects.toThrow();
  });
});
