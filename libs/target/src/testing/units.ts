// SPDX-License-Identifier: Apache-2.0
import type { JobUnit } from '../job-unit.ts';
import { createTarget, type TargetState, type Unit } from '../target-state.ts';

/** A plain, valid job, for tests that care about some of its fields only. */
export function jobUnit(fields: Partial<JobUnit> & Pick<JobUnit, 'name'>): JobUnit {
  return {
    domain: 'jobs',
    disabled: false,
    autostart: true,
    requires: [],
    program: '/bin/true',
    args: [],
    env: {},
    inheritEnv: false,
    originId: false,
    daemonize: false,
    dieWithAgent: false,
    stdin: { kind: 'none' },
    ready: { kind: 'started' },
    restart: { enabled: false, limit: 0, pauseMs: 0, onDependencyFail: false },
    stop: { graceMs: null },
    user: null,
    group: null,
    memoryLimit: null,
    chroot: { kind: 'none' },
    members: [{ name: fields.name, image: null, configs: [], config: null, definition: null }],
    ...fields,
  };
}

/** Its jobs alone. */
export function jobsOf(state: TargetState): readonly JobUnit[] {
  const units: readonly Unit[] = state.units;
  return units.filter((unit) => unit.domain === 'jobs');
}

/** A target state of these units, in whatever order they are given. */
export function targetOf(...units: readonly Unit[]): TargetState {
  return createTarget(units);
}
