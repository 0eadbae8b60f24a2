// SPDX-License-Identifier: Apache-2.0
import { FairleadError, sha256, silentLogger } from '@fairlead/base';
import type { Outcome } from '@fairlead/engine';
import { createFakeClock, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createReceiptClerk } from './receipt-clerk.ts';

function outcome(id: number): Outcome {
  const digest = sha256(String(id));
  return {
    id,
    revision: digest,
    counter: id,
    target: digest,
    previous: null,
    result: 'applied',
    code: null,
    message: '',
    units: [],
  };
}

function office(failures: number) {
  const clock = createFakeClock();
  const told: string[] = [];
  let left = failures;
  const clerk = createReceiptClerk({
    clock,
    logger: silentLogger,
    random: () => 0.5,
    link: {
      record: async (id) => {
        left -= 1;
        if (left >= 0) throw new FairleadError({ code: 'no-space', message: 'full' });
        told.push(`receipt ${id}`);
      },
    },
    engine: {
      acknowledgeOutcome: async (id) => {
        told.push(`acknowledged ${id}`);
      },
    },
  });
  return { clock, told, clerk };
}

describe('when a receipt cannot be written', () => {
  it('is tried again, and nothing is acknowledged or overtaken meanwhile', async () => {
    const { clock, told, clerk } = office(3);
    clerk.take(outcome(1));
    clerk.take(outcome(2));
    for (const ms of [500, 1_000, 2_000]) {
      await waitFor(() => clock.waiting() === 1);
      expect(told).toEqual([]);
      await clock.advance(ms);
    }
    await waitFor(() => told.length === 4);
    expect(told).toEqual(['receipt 1', 'acknowledged 1', 'receipt 2', 'acknowledged 2']);
  });

  it('does not hold up the end of the agent', async () => {
    const { clock, told, clerk } = office(100);
    clerk.take(outcome(1));
    await waitFor(() => clock.waiting() === 1);
    await clerk.stop();
    expect(told).toEqual([]);
  });
});
