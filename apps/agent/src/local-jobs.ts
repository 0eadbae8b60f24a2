// SPDX-License-Identifier: Apache-2.0
import { digestHex } from '@fairlead/base';
import type { EngineState, UnitCondition } from '@fairlead/engine';
import type { JobConfig, JobDefinition, TargetState } from '@fairlead/target';
import { definitionOf } from './local-definition.ts';

/** One job as `GET /jobs` tells of it; numbers are text, as Maestro's clients read them. */
export interface JobRow {
  /** In Maestro's words. */
  readonly status: string;
  readonly def: JobDefinition;
  /** Since the agent began to look after it. */
  readonly restarts: string;
  /** '0': it does not run. The members of a group share theirs. */
  readonly pid: string;
  /** Empty for a job of its own. */
  readonly compositeId: string;
  /** As the revision says it. */
  readonly execPath: string;
  /** Name of the unit: the job's own, or its group's. */
  readonly unit: string;
  readonly condition: string;
  /** Why it is not running; empty: it is, or nothing is known. */
  readonly reason: string;
}

export function jobTable(target: TargetState, state: EngineState): Readonly<Record<string, JobRow>> {
  const rows: [string, JobRow][] = [];
  for (const unit of target.units) {
    if (unit.domain !== 'jobs') continue;
    const isThis = (each: { readonly domain: string; readonly name: string }): boolean =>
      each.domain === 'jobs' && each.name === unit.name;
    const seen = state.units.find(isThis);
    const condition = seen?.condition;
    const resting = state.resting.find(isThis);
    for (const member of unit.members)
      rows.push([
        member.name,
        {
          status: statusOf(condition),
          def: definitionOf(unit, member),
          restarts: String(seen?.process?.restarts ?? 0),
          pid: String(seen?.process?.pid ?? 0),
          compositeId: member.name === unit.name ? '' : unit.name,
          execPath: unit.program,
          unit: unit.name,
          condition: condition?.kind ?? 'stopped',
          reason:
            condition !== undefined && 'message' in condition ? condition.message : (resting?.message ?? ''),
        },
      ]);
  }
  return Object.fromEntries(rows);
}

function statusOf(condition: UnitCondition | undefined): string {
  switch (condition?.kind) {
    case undefined:
      return 'NEVER_RAN';
    case 'starting':
      return 'STARTING';
    case 'running':
      return 'RUNNING';
    case 'finished':
    case 'stopped':
      return 'STOPPED';
    case 'waiting':
      return condition.code === 'dependency-failed' ? 'WAITING_FOR_DEPS' : 'RESTARTING';
    case 'failed':
      return 'FAILED';
  }
}

/**
 * Configs as Maestro's clients read them: of all jobs, of one, or the one of that name; null: there is no such job. Secrets are not
 * filled in.
 */
export function jobConfigs(target: TargetState, job: string | null, name: string | null) {
  const members = target.units
    .flatMap((unit) => (unit.domain === 'jobs' ? unit.members : []))
    .filter((member) => job === null || member.name === job);
  if (job !== null && members.length === 0) return null;
  return members.flatMap((member) =>
    member.configs
      .filter((config) => name === null || config.name === name)
      .map((config) => configRow(member.name, config)),
  );
}

function configRow(job: string, { name, data, encoding, files }: JobConfig) {
  const shown = files.map(({ url, path, size, digest }) => ({
    url,
    dest_relative_path: path,
    size,
    checksum: { type: 'sha256sum', value: digestHex(digest) },
  }));
  return { name, job, data: data ?? '', encoding, files: shown.length === 0 ? null : shown, mod_time: '' };
}
