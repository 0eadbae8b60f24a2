// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, readlink } from 'node:fs/promises';
import { sep } from 'node:path';

/** Processes of this user whose working folder is `dir` or lies below it, running ones only. */
export async function processesIn(dir: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await worksIn(pid, dir)) ? pid : undefined)));
  return found.filter((pid) => pid !== undefined && pid !== process.pid).map(Number);
}

async function worksIn(pid: number, dir: string): Promise<boolean> {
  // Of a folder that is gone, the kernel says so behind its name; of a process that has ended or is another user's, nothing.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  return folder === dir || folder.startsWith(dir + sep) || folder === `${dir} (deleted)`;
}

/**
 * When a running process started, in clock ticks since boot (proc(5), stat field 22): with the pid it names one process for ever. Empty
 * where none runs; one that has ended and waits for its parent does not.
 */
export async function startTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name stands in parentheses and may hold anything, parentheses too.
  const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? '' : (fields[18] ?? '');
}
