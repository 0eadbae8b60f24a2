// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@fairlead/base';
import { runGit } from './git-program.ts';

/** Nobody packs a mirror by hand, so that after so many writes `git` is asked whether it is time. */
const everyWrites = 100;
/** So long it may work, in milliseconds. */
const maxMs = 30 * 60_000;

/** Keeps the number of a mirror's files small, where `git` is installed; without it the mirror only grows slower to read. */
export interface Upkeep {
  /** Something was fetched or pushed. Returns at once; the work ends with the signal. */
  wrote(signal: AbortSignal): void;
}

export function createUpkeep(commonDir: string, clock: Clock): Upkeep {
  // A mirror that was there before may need it now.
  let writes = everyWrites - 1;
  let busy = false;

  async function pack(signal: AbortSignal): Promise<void> {
    const settings = ['-c', 'gc.autoDetach=false', '-c', 'gc.reflogExpire=now'];
    try {
      const args = ['--git-dir', commonDir, ...settings, 'gc', '--auto', '--quiet'];
      await runGit(args, { clock, idleMs: maxMs, maxMs }, signal);
    } catch {
      // It is tried again after as many writes; nothing but speed depends on it.
    }
  }

  return {
    wrote(signal) {
      writes += 1;
      if (busy || writes < everyWrites) return;
      writes = 0;
      busy = true;
      void pack(signal).finally(() => {
        busy = false;
      });
    },
  };
}
