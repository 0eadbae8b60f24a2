// SPDX-License-Identifier: Apache-2.0

/** Runs `work` once at a time; calls while it runs share one run after it, which sees all that happened before them. */
export function coalesce(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let waiting: Promise<void> | null = null;
  const run = async (): Promise<void> => {
    try {
      await work();
    } finally {
      running = null;
    }
  };
  return () => {
    if (running === null) {
      running = run();
      return running;
    }
    waiting ??= running
      .catch(() => undefined)
      .then(() => {
        waiting = null;
        running = run();
        return running;
      });
    return waiting;
  };
}
