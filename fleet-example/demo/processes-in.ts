// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join, sep } from 'node:path';

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

/** What an agent's folder says of a job, looked at from outside, whether or not the agent runs. */
export interface JobProcess {
  /** `<pid> <start time> <boot id>` of the program that runs now, which no other process ever has; null: none. */
  readonly process: string | null;
  /** How often it was started since the runs were last cleared away. */
  readonly runs: number;
}

/** A job's newest run, by the state folder of its agent. */
export async function jobProcess(state: string, job: string): Promise<JobProcess> {
  const folder = join(state, 'runs', job);
  const numbers = (await readdir(folder).catch(() => [])).map(Number);
  const runs = Math.max(0, ...numbers);
  const identity = (await readFile(join(folder, String(runs), 'process'), 'utf8').catch(() => '')).trim();
  const [pid = '', start = ''] = identity.split(' ');
  const isAlive = identity !== '' && (await startTime(Number(pid))) === start;
  return { process: isAlive ? identity : null, runs };
}

/** Fields 3, 7 and 22 of /proc/<pid>/stat (proc(5)); empty where there is no such process. */
async function readStat(pid: number): Promise<Readonly<Record<'state' | 'terminal' | 'start', string>>> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name stands in parentheses and may hold anything, parentheses too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', terminal: fields[4] ?? '', start: fields[19] ?? '' };
}
