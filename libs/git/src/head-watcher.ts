// SPDX-License-Identifier: Apache-2.0
import { isAbort, type Clock } from '@fairlead/base';
import type { Head, OpenHeads } from './head-source.ts';
import type { RepositoryProblem } from './problem.ts';
import { createSettledEvents } from './settled-events.ts';

/** What the watched branch is now. */
export type HeadReport =
  ({ readonly kind: 'head' } & Head) | { readonly kind: 'problem'; readonly problem: RepositoryProblem };

export interface HeadWatcherOptions {
  readonly heads: OpenHeads;
  readonly clock: Clock;
}

export interface HeadWatcher {
  /** Reports the branch now and whenever it changes, until the signal aborts. A problem is a state: it is looked at again and again. */
  start(signal: AbortSignal, onReport: (report: HeadReport) => void): Promise<void>;
  /** Looks soon, without waiting for the next poll. */
  wake(): void;
  /** Reports again at the next look, changed or not: for a reader that could not read the head. */
  forget(): void;
}

export function createHeadWatcher({ heads, clock }: HeadWatcherOptions): HeadWatcher {
  let reported = '';
  let wake = (): void => undefined;
  return {
    forget() {
      reported = '';
    },
    wake() {
      wake();
    },
    async start(signal, onReport) {
      const events = createSettledEvents(clock, signal);
      const source = heads(() => {
        events.happened();
      });
      wake = () => {
        events.happened();
      };
      let failures = 0;
      try {
        while (!signal.aborted) {
          const found = await source.look(signal);
          failures = found.ok ? 0 : failures + 1;
          const mark = found.ok
            ? `${found.value.repository.identity} ${found.value.commit}`
            : `${found.error.code} ${found.error.message}`;
          if (mark !== reported) {
            reported = mark;
            onReport(found.ok ? { kind: 'head', ...found.value } : { kind: 'problem', problem: found.error });
          }
          await events.next(source.pauseMs(failures));
        }
      } catch (thrown) {
        if (!signal.aborted || !isAbort(thrown)) throw thrown;
      } finally {
        wake = () => undefined;
        await source.close();
      }
    },
  };
}
