// SPDX-License-Identifier: Apache-2.0
import type { EngineState, UnitCondition } from '@fairlead/engine';
import type { TargetState } from '@fairlead/target';

/** One job as `GET /jobs` tells of it; `status` in Maestro's words, the rest in ours. */
export interface JobRow {
  readonly status: string;
  /** Name of the unit: the job's own, or its group's. */
  readonly unit: string;
  /** Empty for a job of its own. */
  readonly compositeId: string;
  readonly condition: string;
  /** Why it is not running; empty: it is, or nothing is known. */
  readonly reason: string;
}

export function jobTable(target: TargetState, state: EngineState): Readonly<Record<string, JobRow>> {
  const rows: [string, JobRow][] = [];
  for (const unit of target.units) {
    if (unit.domain !== 'jobs') continue;
    const condition = state.units.find(
      ({ domain, name }) => domain === 'jobs' && name === unit.name,
    )?.condition;
    const resting = state.resting.find(({ domain, name }) => domain === 'jobs' && name === unit.name);
    for (const member of unit.members)
      rows.push([
        member.name,
        {
          status: statusOf(condition),
          unit: unit.name,
          compositeId: member.name === unit.name ? '' : unit.name,
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

/** The configs of a job, or the one of that name, as Maestro's clients read them; null: there is no such job. Secrets are not filled in. */
export function jobConfigs(target: TargetState, job: string, name: string | null) {
  const member = target.units
    .flatMap((unit) => (unit.domain === 'jobs' ? unit.members : []))
    .find((each) => each.name === job);
  if (member === undefined) return null;
  return member.configs
    .filter((config) => name === null || config.name === name)
    .map(({ name: config, data, encoding }) => ({ name: config, job, data: data ?? '', encoding }));
}
