// SPDX-License-Identifier: Apache-2.0
// The program of the benchmark of jobs, the same for whoever runs it: it leaves a file when it starts, and its pid in it.
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** `word` changes nothing but the definition of the job. */
export interface MarkedJob {
  readonly name: string;
  readonly word: string;
}

/** For `sh -c`, with NAME and MARKS in the environment. */
export const script = 'echo $$ >"$MARKS/$NAME"; exec sleep 1000000';

export const namesOf = (jobs: number): readonly string[] =>
  Array.from({ length: jobs }, (_, n) => `job-${String(n).padStart(3, '0')}`);

export interface Marks {
  readonly folder: string;
  /** From now on these jobs count as not started. */
  forget(names: readonly string[]): Promise<void>;
  /** Waits until each of these jobs was started: when the last one was, in milliseconds since 1970. */
  started(names: readonly string[]): Promise<number>;
  pid(name: string): Promise<number>;
  /** Pids by job. */
  pids(): Promise<ReadonlyMap<string, string>>;
}

export async function createMarks(folder: string): Promise<Marks> {
  await mkdir(folder, { recursive: true });
  const startedAt = async (name: string): Promise<number> => {
    const found = await stat(join(folder, name)).catch(() => undefined);
    return found === undefined || found.size === 0 ? 0 : found.mtimeMs;
  };
  return {
    folder,
    async forget(names) {
      for (const name of names) await rm(join(folder, name), { force: true });
    },
    async started(names) {
      for (;;) {
        const times = await Promise.all(names.map(startedAt));
        if (!times.includes(0)) return Math.max(...times);
        await delay(20);
      }
    },
    pid: async (name) => Number(await readFile(join(folder, name), 'utf8')),
    async pids() {
      const names = await readdir(folder);
      return new Map(
        await Promise.all(
          names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
        ),
      );
    },
  };
}
