// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Clock } from '@fairlead/base';

export interface IdleWatch {
  /** Aborts with the caller's reason, or with `artifact-slow` when what is expected does not come in time. */
  readonly signal: AbortSignal;
  /** From now on something must come within `ms`. */
  expect(ms: number, what: string): void;
  /** Nothing is expected any more. */
  end(): void;
}

/** Watches a transfer for silence, with one timer at a time however many chunks come. */
export function watchIdle(clock: Clock, caller: AbortSignal): IdleWatch {
  const over = new AbortController();
  const ended = new AbortController();
  const signal = AbortSignal.any([caller, over.signal]);
  const sleeping = AbortSignal.any([signal, ended.signal]);
  let deadline = Number.POSITIVE_INFINITY;
  let awaited = '';
  let running = false;

  const run = async (): Promise<void> => {
    for (;;) {
      const left = deadline - clock.monotonic();
      if (left <= 0) break;
      await clock.sleep(left, sleeping);
    }
    over.abort(new FairleadError({ code: 'artifact-slow', message: `no ${awaited} in time` }));
  };

  return {
    signal,
    expect(ms, what) {
      deadline = clock.monotonic() + ms;
      awaited = what;
      if (running) return;
      running = true;
      run().catch(() => undefined);
    },
    end() {
      ended.abort();
    },
  };
}
