// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, readlink } from 'node:fs/promises';
import { sep } from 'node:path';

/** Processes that work in a folder or below it, whoever started them, and hang on no terminal: a shell there is somebody's own. */
export async function processesIn(dir: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      if (pid === process.pid) return false;
      // Nothing of a process that has ended or is another user's.
      const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return (folder === dir || folder.startsWith(dir + sep)) && (await readStat(pid)).terminal === '0';
    }),
  );
  return pids.filter((_, index) => found[index]);
}

/**
 * When a running process started, in clock ticks since boot: with the pid it names one process for ever. Empty where none runs; one
 * that has ended and waits for its parent does not.
 */
export async function startTime(pid: number): Promise<string> {
  const { state, start } = await readStat(pid);
  return state === 'Z' || state === 'X' ? '' : start;
}

/** Fields 3, 7 and 22 of /proc/<pid>/stat (proc(5)); empty where there is no such process. */
async function readStat(pid: number): Promise<Readonly<Record<'state' | 'terminal' | 'start', string>>> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name stands in parentheses and may hold anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', terminal: fields[4] ?? '', start: fields[19] ?? '' };
}
