// SPDX-License-Identifier: Apache-2.0
import { errnoOf } from '@fairlead/base';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Who holds a lock: enough to tell a living process from a dead one, also after a reboot or when its number was given away again. */
export interface Owner {
  readonly host: string;
  readonly boot: string;
  readonly pid: number;
  /** Start time of the process in clock ticks since boot (proc(5), field 22 of stat); empty where there is no /proc. */
  readonly started: string;
  /** No two locks carry the same one. */
  readonly nonce: string;
}

export async function newOwner(): Promise<Owner> {
  return {
    host: hostname(),
    boot: await bootId(),
    pid: process.pid,
    started: (await startTime(process.pid)) ?? '',
    nonce: randomBytes(12).toString('hex'),
  };
}

export function ownerText(owner: Owner): string {
  return `fairlead ${owner.host} ${owner.boot} ${String(owner.pid)} ${owner.started} ${owner.nonce}\n`;
}

/** Undefined for a lock that is not ours: native Git's is empty or holds the new value. */
export function parseOwner(text: string): Owner | undefined {
  const match = /^fairlead (\S+) (\S*) (\d+) (\d*) ([0-9a-f]{24})\n$/.exec(text);
  if (match === null) return undefined;
  const [, host = '', boot = '', pid = '', started = '', nonce = ''] = match;
  return { host, boot, pid: Number(pid), started, nonce };
}

/** True only when it is certain: an owner on another machine is never declared dead from here. */
export async function isDead(owner: Owner): Promise<boolean> {
  if (owner.host !== hostname()) return false;
  if (owner.boot !== (await bootId())) return true;
  if (owner.started !== '') return (await startTime(owner.pid)) !== owner.started;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (thrown) {
    return errnoOf(thrown) === 'ESRCH';
  }
}

async function bootId(): Promise<string> {
  return (await readProc('/proc/sys/kernel/random/boot_id'))?.trim() ?? '';
}

async function startTime(pid: number): Promise<string | undefined> {
  const stat = await readProc(`/proc/${String(pid)}/stat`);
  // The command's name may hold blanks and brackets; what follows its last bracket is field 3.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
