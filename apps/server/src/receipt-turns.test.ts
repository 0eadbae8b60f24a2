// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createReceiptTurns } from './receipt-turns.ts';

const [first, second] = [{}, {}];

describe('when receipts of one device are on their way', () => {
  it('they go into one log together', () => {
    const turns = createReceiptTurns();
    const [one, two] = [turns.take('a'), turns.take('a')];
    expect([one.enter(first), two.enter(first)]).toEqual([true, true]);
  });

  it('a later one waits while the one before it is in another log, or in none', () => {
    const turns = createReceiptTurns();
    const [one, two] = [turns.take('a'), turns.take('a')];
    one.enter(first);
    expect(two.enter(second)).toBe(false);
    one.failed();
    expect([two.enter(first), two.enter(second)]).toEqual([false, false]);
    expect([one.enter(second), two.enter(second)]).toEqual([true, true]);
  });

  it('a later one waits no longer once the one before it stands in the log; other devices never wait', () => {
    const turns = createReceiptTurns();
    const [one, two, other] = [turns.take('a'), turns.take('a'), turns.take('b')];
    expect([two.enter(first), other.enter(first)]).toEqual([false, true]);
    one.leave();
    expect(two.enter(second)).toBe(true);
  });
});
