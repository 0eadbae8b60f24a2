// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type BackoffOptions } from '@fairlead/base';
import { applyNext, goBackNext } from './apply-task.ts';
import { createApplyTimer } from './apply-timer.ts';
import { cleanUp } from './clean-task.ts';
import { concludeRefused } from './conclude.ts';
import { decide, type Task } from './decide.ts';
import type { Desired, FailedTarget, Pending } from './engine-state.ts';
import { bringUp, repair } from './restore-task.ts';
import { createRetry, type Retry } from './retry.ts';
import { stageDesired } from './stage-task.ts';
import { canTakeIn, displaces, noteOf } from './submission.ts';
import { createWake } from './wake.ts';
import { stateOf, type Workplace } from './workplace.ts';

/** Does one task after the other until it is told to end. What to do next is decided from the journal alone. */
export interface EngineLoop {
  run(signal: AbortSignal): Promise<void>;
  submit(desired: Desired): void;
  retry(): void;
  /** Something that the time to apply depends on is another now. */
  call(): void;
  /** Tries again at once what waits, and forgets nothing. */
  lookAgain(): void;
  /** False: nothing waits to be applied. */
  applyEarly(): Promise<boolean>;
  /** Why nothing moves. */
  pending(): Pending | null;
}

export function createEngineLoop(
  workplace: Workplace,
  backoff: BackoffOptions,
  onTask: () => Promise<void>,
): EngineLoop {
  const { journal, clock, logger, boot, agentVersion, exclusive } = workplace;
  const wake = createWake(clock);
  const retries = { stage: newRetry(), repair: newRetry(), clean: newRetry(), storage: newRetry() };
  // Revisions are state: one waits at most, and the newest wins.
  let incoming: Desired | null = null;
  let isRetryAsked = false;
  let newer = new AbortController();
  const time = createApplyTimer(workplace);

  function newRetry(): Retry {
    return createRetry(clock, backoff);
  }

  /** Writes down what was asked from outside. Nothing of it is lost if that fails: it is taken in again. */
  async function takeIn(): Promise<void> {
    newer = new AbortController();
    if (isRetryAsked) {
      await journal.write({ kind: 'retry' });
      isRetryAsked = false;
      retries.stage.reset();
      retries.repair.reset();
    }
    const desired = incoming;
    if (desired === null || !canTakeIn(journal.book(), boot)) return;
    const record = noteOf(journal.book(), desired, agentVersion);
    if (record !== null) {
      await workplace.targets.save(desired.state);
      if (journal.book().desired?.target !== desired.target) retries.stage.reset();
      await journal.write(record);
    }
    if (incoming === desired) incoming = null;
  }

  async function perform(task: Task, signal: AbortSignal): Promise<void> {
    const { transaction, desired } = journal.book();
    switch (task.kind) {
      case 'apply':
        if (transaction.kind === 'applying')
          await exclusive(() => applyNext(workplace, transaction, { signal, newer: newer.signal }));
        return;
      case 'turn-back':
        await journal.write({ kind: 'back', boot, failure: task.failure, steps: task.steps });
        return;
      case 'go-back':
        if (transaction.kind === 'rolling-back')
          await exclusive(() => goBackNext(workplace, transaction, signal));
        return;
      case 'bring-up':
        await exclusive(() => bringUp(workplace, signal));
        return;
      case 'refuse':
        await refuse(task.failed);
        return;
      case 'stage':
        if (desired !== null) await stage(desired, signal);
        return;
      case 'repair': {
        const [failure] = await exclusive(() => repair(workplace, signal));
        if (failure === undefined) retries.repair.reset();
        else retries.repair.fail(failure);
        return;
      }
      case 'clean':
        await attempt(retries.clean, () => exclusive(() => cleanUp(workplace, signal)));
        return;
      case 'wait':
        await wake.sleep(task.until === null ? null : task.until - clock.monotonic(), signal);
        return;
    }
  }

  async function stage(desired: Parameters<typeof stageDesired>[1], signal: AbortSignal): Promise<void> {
    const called = newer.signal;
    try {
      const staged = await stageDesired(workplace, desired, time, AbortSignal.any([signal, called]));
      if (staged.ok) {
        await time.wait(staged.value);
        retries.stage.reset();
      } else retries.stage.fail(staged.error);
    } catch (thrown) {
      if (called.aborted) return;
      signal.throwIfAborted();
      retries.stage.fail(FairleadError.from(thrown));
    }
  }

  /** A target that is held against is answered without trying it. */
  async function refuse({ code, message }: FailedTarget): Promise<void> {
    const book = journal.book();
    if (book.desired === null) return;
    const before = await stateOf(workplace, book.committed);
    const after = await workplace.targets.load(book.desired.target);
    const ending = { id: book.lastId + 1, desired: book.desired, before, after };
    await journal.write(concludeRefused(book, ending, { code, message, unit: null }, agentVersion));
  }

  /** Housekeeping may fail without stopping the rest. */
  async function attempt(retry: Retry, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      retry.reset();
    } catch (thrown) {
      logger.warn('cleaning up failed', { error: FairleadError.from(thrown).message });
      retry.fail(FairleadError.from(thrown));
    }
  }

  /** Mostly the journal's disk: nothing acts that is not written down, so all stands still for a while. */
  async function stall(thrown: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const error = FairleadError.from(thrown);
    logger.error('the engine cannot go on', { code: error.code, error: error.message });
    retries.storage.fail(error);
    await onTask().catch(() => undefined);
    await wake.sleep(retries.storage.at() - clock.monotonic(), signal).catch(() => undefined);
  }

  function next(): Task {
    const now = clock.monotonic();
    const [repairAt, cleanAt] = [retries.repair.at(), retries.clean.at()];
    const stageAt = Math.max(retries.stage.at(), time.lookAt());
    return decide(journal.book(), { boot, agentVersion, now, stageAt, repairAt, cleanAt });
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        try {
          await takeIn();
          await onTask();
          await perform(next(), signal);
          retries.storage.reset();
        } catch (thrown) {
          await stall(thrown, signal);
        }
      }
    },
    submit(desired) {
      incoming = desired;
      if (displaces(journal.book(), desired))
        newer.abort(new FairleadError({ code: 'superseded', message: 'a newer revision arrived' }));
      wake.call();
    },
    retry() {
      isRetryAsked = true;
      wake.call();
    },
    call: () => wake.call(),
    lookAgain() {
      for (const retry of [retries.stage, retries.repair]) retry.reset();
      wake.call();
    },
    async applyEarly() {
      const isAllowed = await time.allow();
      wake.call();
      return isAllowed;
    },
    pending: () =>
      retries.storage.pending() ?? retries.stage.pending() ?? time.pending() ?? retries.repair.pending(),
  };
}
