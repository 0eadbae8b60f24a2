// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDigest, type Digest } from '@fairlead/base';
import * as v from 'valibot';
import { ageAt, isAlive, parseIdentity, type ProcessIdentity } from './process-identity.ts';
import { closeGroups } from './run-groups.ts';

/** What the agent writes about a run before it happens. */
export interface RunRecord {
  readonly format: 1;
  /** Version of the unit that runs. */
  readonly version: Digest;
  /** Failures in a row before this run. */
  readonly failures: number;
  /** Milliseconds since 1970 by the system's clock. */
  readonly startedAt: number;
  readonly bootId: string;
  /** Where this run's output begins in the log of standard output. */
  readonly outputFrom: { readonly file: number; readonly offset: number };
}

export type RunExit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: number }
  /** It is gone, and nobody saw how. */
  | { readonly kind: 'lost' };

/** What the folder of a run says now. */
export type RunStatus =
  /** No program was started, and none will be. */
  | { readonly kind: 'void' }
  | { readonly kind: 'running'; readonly process: ProcessIdentity }
  /** upMs: milliseconds from start to end, however the system's clock was set meanwhile; null: not known. */
  | {
      readonly kind: 'ended';
      readonly process: ProcessIdentity | null;
      readonly exit: RunExit;
      readonly upMs: number | null;
    };

export interface Run {
  readonly folder: string;
  readonly record: RunRecord;
}

const recordForm = v.strictObject({
  format: v.literal(1),
  version: v.custom<Digest>(isDigest),
  failures: v.number(),
  startedAt: v.number(),
  bootId: v.string(),
  outputFrom: v.strictObject({ file: v.number(), offset: v.number() }),
});

/** Marks that the agent leaves in a run folder. */
export type RunMark = 'ready' | 'stop-asked';

/** The newest run of a unit; null: it never ran, or its record is unreadable. */
export async function newestRun(runs: string): Promise<Run | null> {
  const newest = (await runNumbers(runs)).at(-1);
  if (newest === undefined) return null;
  const folder = join(runs, String(newest));
  const record = parseRecord(await readFile(join(folder, 'run.json'), 'utf8').catch(() => ''));
  return record === null ? null : { folder, record };
}

/** Makes the folder of the next run and drops those of earlier ones. */
export async function createRun(runs: string, record: RunRecord): Promise<Run> {
  await mkdir(runs, { recursive: true, mode: 0o700 });
  const earlier = await runNumbers(runs);
  const folder = join(runs, String((earlier.at(-1) ?? 0) + 1));
  await mkdir(folder, { mode: 0o700 });
  try {
    await writeFile(join(folder, 'run.json'), JSON.stringify(record), { mode: 0o600 });
  } catch (error) {
    // It is tried again for as long as the disk is full, and must not hide the run before.
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  for (const number of earlier) {
    const old = join(runs, String(number));
    await closeGroups(readGroups(old));
    await rm(old, { recursive: true, force: true });
  }
  return { folder, record };
}

/** Number of a run of its unit, as text. */
export function runNumber(run: Run): string {
  return basename(run.folder);
}

/** Writes down which control groups a run is to have, before they are made. */
export async function setGroups(run: Run, groups: readonly string[]): Promise<void> {
  await writeFile(join(run.folder, 'groups'), groups.map((group) => `${group}\n`).join(''), { mode: 0o600 });
}

/** Writes down with which secrets a run starts: their marks, by name. */
export async function setSecrets(run: Run, marks: ReadonlyMap<string, string>): Promise<void> {
  const lines = [...marks].map(([name, mark]) => `${name} ${mark}\n`);
  await writeFile(join(run.folder, 'secrets'), lines.join(''), { mode: 0o600 });
}

/** The same, as it was written down. */
export function runSecrets(run: Run): ReadonlyMap<string, string> {
  const marks = new Map<string, string>();
  for (const line of readNote(run.folder, 'secrets').split('\n')) {
    const [name, mark] = line.split(' ');
    if (name !== undefined && mark !== undefined) marks.set(name, mark);
  }
  return marks;
}

/** Control groups of a run, whether they are there or not: what is in them belongs to it, wherever it went. */
export function runGroups(run: Run): readonly string[] {
  return readGroups(run.folder);
}

/** `bootId` is that of now. */
export async function runStatus(run: Run, bootId: string): Promise<RunStatus> {
  if (run.record.bootId !== bootId)
    return { kind: 'ended', process: null, exit: { kind: 'lost' }, upMs: null };
  const process = readIdentity(run, 'process');
  const exit = parseExit(readNote(run.folder, 'exit'));
  if (exit !== null) return { kind: 'ended', process, exit, upMs: upTime(run, process) };
  if (process !== null && isAlive(process, bootId)) return { kind: 'running', process };
  const keeper = readIdentity(run, 'keeper');
  if (keeper !== null && isAlive(keeper, bootId)) {
    // Between two of the keeper's steps: the program is about to start, or its status about to be written.
    return process === null ? { kind: 'void' } : { kind: 'running', process };
  }
  // The status may have been written just after it was looked for.
  const late = parseExit(readNote(run.folder, 'exit'));
  if (late !== null) return { kind: 'ended', process, exit: late, upMs: upTime(run, process) };
  return process === null ? { kind: 'void' } : { kind: 'ended', process, exit: { kind: 'lost' }, upMs: null };
}

/** Takes a run that no keeper has begun out of the world; false: a keeper was first, and the run goes on. A file or a folder: one name. */
export async function claimUnbegun(run: Run): Promise<boolean> {
  return mkdir(join(run.folder, 'begun')).then(
    () => true,
    () => false,
  );
}

export async function isKeeperAlive(run: Run, bootId: string): Promise<boolean> {
  const keeper = readIdentity(run, 'keeper');
  return keeper !== null && isAlive(keeper, bootId);
}

export async function setMark(run: Run, mark: RunMark): Promise<void> {
  await writeFile(join(run.folder, mark), '', { mode: 0o600 });
}

export async function hasMark(run: Run, mark: RunMark | 'agent-gone'): Promise<boolean> {
  return stat(join(run.folder, mark)).then(
    () => true,
    () => false,
  );
}

/** The program of a run, as its keeper recorded it, whether it still runs or not; null: none was started. */
export function runProcess(run: Run): ProcessIdentity | null {
  return readIdentity(run, 'process');
}

function readIdentity(run: Run, name: 'keeper' | 'process'): ProcessIdentity | null {
  return parseIdentity(readNote(run.folder, name));
}

/** Keepers of earlier releases did not write down when. */
function upTime(run: Run, process: ProcessIdentity | null): number | null {
  const ended = readNote(run.folder, 'ended');
  return process === null || ended === '' ? null : ageAt(process, ended);
}

function readGroups(folder: string): readonly string[] {
  return readNote(folder, 'groups')
    .split('\n')
    .filter((line) => line !== '');
}

/** A note in the folder of a run; empty if there is none. Read at once: a few bytes in the cache cost less than a turn of the thread pool. */
function readNote(
  folder: string,
  name: 'keeper' | 'process' | 'exit' | 'ended' | 'groups' | 'secrets',
): string {
  const path = join(folder, name);
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  } catch {
    return '';
  }
}

async function runNumbers(runs: string): Promise<readonly number[]> {
  const names = await readdir(runs).catch(() => []);
  return names
    .filter((name) => /^[1-9]\d{0,14}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

function parseRecord(text: string): RunRecord | null {
  try {
    const parsed = v.safeParse(recordForm, JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

/** The shell tells a signal as 128 + its number; a program that itself ends with such a code is not told apart. */
function parseExit(text: string): RunExit | null {
  if (!/^\d{1,3}\n$/.test(text)) return null;
  const status = Number(text);
  return status > 128 && status <= 128 + 64
    ? { kind: 'signal', signal: status - 128 }
    : { kind: 'code', code: status };
}
