// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

/** A process, told apart from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot (proc(5), stat field 22). */
  readonly start: string;
  readonly bootId: string;
}

/** proc(5), /proc/pid/stat. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly group: number;
  readonly session: number;
  readonly start: string;
}

/** `<pid> <start> <boot id>`, as the keeper writes it. */
export function parseIdentity(text: string): ProcessIdentity | null {
  const match = /^(\d+) (\d+) (\S+)\n$/.exec(text);
  if (match === null) return null;
  return { pid: Number(match[1]), start: match[2] ?? '', bootId: match[3] ?? '' };
}

export function identityOf(pid: number, bootId: string): ProcessIdentity | null {
  const stat = readStat(pid);
  return stat === null ? null : { pid, start: stat.start, bootId };
}

/** Ticks in a second wherever the kernel tells user space of them (USER_HZ). */
const ticksPerSecond = 100;

/** Milliseconds since a process of this boot was started, however the system's clock was set meanwhile. */
export function ageOf(process: ProcessIdentity): number {
  return ageAt(process, readFileSync('/proc/uptime', 'latin1'));
}

/** The same, at the moment when /proc/uptime read so (proc(5)). */
export function ageAt({ start }: ProcessIdentity, uptime: string): number {
  const seconds = Number(uptime.split(' ')[0]);
  return Math.max(0, Math.round((seconds - Number(start) / ticksPerSecond) * 1000));
}

/** Changes with each boot of the machine. */
export async function currentBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** True while this very process runs; a zombie does not run. `bootId` is that of now. */
export function isAlive(process: ProcessIdentity, bootId: string): boolean {
  if (process.bootId !== bootId) return false;
  const stat = readStat(process.pid);
  return stat !== null && stat.start === process.start && isRunning(stat);
}

let nextLook: Promise<readonly ProcessStat[]> | null = null;

/**
 * All processes of the machine that this one can see. Who asks before a look has begun shares it: to end a hundred jobs side by side
 * must not take a look at all processes for each.
 */
export function allStats(): Promise<readonly ProcessStat[]> {
  nextLook ??= setImmediate().then(() => {
    nextLook = null;
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map((pid) => readStat(Number(pid))).filter((stat) => stat !== null);
  });
  return nextLook;
}

/** Read at once: the kernel answers from memory, and a turn of the thread pool would cost many times as much. */
function readStat(pid: number): ProcessStat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The name stands in parentheses and may hold anything, parentheses too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent = '', group = '', session = ''] = fields;
  return {
    pid,
    parent: Number(parent),
    state,
    group: Number(group),
    session: Number(session),
    start: fields[19] ?? '',
  };
}

export function isRunning(stat: ProcessStat): boolean {
  return stat.state !== 'Z' && stat.state !== 'X';
}
