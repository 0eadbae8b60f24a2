// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Clock, type Digest, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { GroupLimits } from './group-plan.ts';
import { launchScript, type Launch } from './launch-script.ts';
import { logEnd } from './log-files.ts';
import type { ProcessIdentity } from './process-identity.ts';
import {
  claimUnbegun,
  createRun,
  runNumber,
  runStatus,
  setGroups,
  setSecrets,
  type Run,
} from './run-folder.ts';
import { groupName, groupsFor, openGroups, procsFile } from './run-groups.ts';

export interface RunRequest {
  readonly version: Digest;
  readonly failures: number;
  readonly launch: Launch;
  /** What its control groups bound. */
  readonly limits: GroupLimits;
  readonly stdin: string | null;
  /** Marks of the secrets that it starts with, by name. */
  readonly secrets: ReadonlyMap<string, string>;
  /** The run ends with this process; null: it goes on without it. */
  readonly dieWith: { readonly process: ProcessIdentity; readonly graceMs: number } | null;
}

export interface RunPlace {
  readonly keeper: string;
  readonly unit: string;
  readonly runs: string;
  /** Keeps the control groups of agents on one machine apart. */
  readonly salt: string;
  readonly logs: string;
  readonly logBytes: number;
  readonly logFiles: number;
  readonly bootId: string;
  /** PATH on which the keeper finds its tools. */
  readonly searchPath: readonly string[];
}

/** Below this the keeper could not rotate between two blocks. */
const leastLogBytes = 64 * 1024;

/** How long a keeper may take until the program's identity is recorded, in milliseconds. */
const spawnDeadlineMs = 15_000;

/** Starts a run under a keeper and returns when its process is recorded. Is not called off half-way: a started program is always on record. */
export async function startRun(
  request: RunRequest,
  place: RunPlace,
  clock: Clock,
): Promise<Result<Run, StepFailure>> {
  await mkdir(place.logs, { recursive: true, mode: 0o700 });
  const run = await createRun(place.runs, {
    format: 1,
    version: request.version,
    failures: request.failures,
    startedAt: clock.now(),
    bootId: place.bootId,
    outputFrom: await logEnd(join(place.logs, 'stdout.log')),
  });
  const groups = await openRunGroups(run, request.limits, place);
  if (!groups.ok) return groups;
  const launch = launchScript(request.launch, groups.value.map(procsFile));
  await writeFile(join(run.folder, 'launch'), launch, { mode: 0o600 });
  await setSecrets(run, request.secrets);
  await writeFile(join(run.folder, 'stdin'), request.stdin ?? '', { mode: 0o600 });
  return spawnKeeper(run, request, place, clock);
}

async function openRunGroups(
  run: Run,
  limits: GroupLimits,
  { salt, unit }: RunPlace,
): Promise<Result<readonly string[], StepFailure>> {
  const groups = await groupsFor(limits, groupName(salt, unit, runNumber(run)));
  if (!groups.ok) return groups;
  await setGroups(
    run,
    groups.value.map(({ folder }) => folder),
  );
  return openGroups(groups.value);
}

async function spawnKeeper(
  run: Run,
  request: RunRequest,
  place: RunPlace,
  clock: Clock,
): Promise<Result<Run, StepFailure>> {
  const { dieWith } = request;
  const keeper = spawn(
    '/bin/sh',
    [
      place.keeper,
      run.folder,
      place.logs,
      String(Math.max(leastLogBytes, place.logBytes)),
      String(Math.max(1, place.logFiles)),
      ...(dieWith === null
        ? []
        : [String(dieWith.process.pid), dieWith.process.start, String(Math.ceil(dieWith.graceMs / 1000))]),
    ],
    { cwd: run.folder, detached: true, stdio: 'ignore', env: { PATH: place.searchPath.join(':') } },
  );
  const troubles: string[] = [];
  keeper.once('error', (error) => {
    troubles.push(error.message);
  });
  keeper.once('exit', () => {
    troubles.push('its keeper ended at once');
  });
  keeper.unref();
  const end = clock.monotonic() + spawnDeadlineMs;
  const never = new AbortController().signal;
  for (let pause = 2; ; pause = Math.min(16, pause * 2)) {
    const status = await runStatus(run, place.bootId);
    if (status.kind !== 'void') return ok(run);
    if (troubles.length > 0 || clock.monotonic() > end) break;
    await clock.sleep(pause, never);
  }
  // If the keeper did begin after all, the run is on record and taken for what it is.
  if (!(await claimUnbegun(run)) && (await runStatus(run, place.bootId)).kind !== 'void') return ok(run);
  return err({
    code: 'spawn-failed',
    message: `the process could not be started: ${troubles[0] ?? 'no answer from its keeper'}`,
  });
}
