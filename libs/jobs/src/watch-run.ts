// SPDX-License-Identifier: Apache-2.0
import { watch } from 'node:fs';
import type { Clock } from '@fairlead/base';
import { runStatus, type Run, type RunStatus } from './run-folder.ts';

/** Resolves with how a run ended. Woken by changes in its folder; looks on its own too, for ends that leave no file. */
export async function runEnd(
  run: Run,
  bootId: string,
  pollMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Exclude<RunStatus, { kind: 'running' }>> {
  let wake = (): void => undefined;
  const folder = await Promise.resolve()
    .then(() =>
      watch(run.folder, () => {
        wake();
      }),
    )
    .catch(() => null);
  folder?.on('error', () => {
    folder.close();
  });
  try {
    for (;;) {
      const changed = new AbortController();
      wake = () => {
        changed.abort();
      };
      const status = await runStatus(run, bootId);
      if (status.kind !== 'running') return status;
      await clock.sleep(pollMs, AbortSignal.any([signal, changed.signal])).catch(() => undefined);
      signal.throwIfAborted();
    }
  } finally {
    folder?.close();
  }
}
