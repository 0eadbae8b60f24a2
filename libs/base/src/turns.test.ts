// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

describe('when pieces of work take turns', () => {
  it('runs one at a time in the order of the calls, and goes on after one that failed', async () => {
    const turns = createTurns();
    const seen: string[] = [];
    const work = (name: string, fails = false) =>
      turns(async () => {
        seen.push(`${name} begins`);
        await Promise.resolve();
        seen.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });

    const all = await Promise.allSettled([work('a'), work('b', true), work('c')]);

    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });
});
