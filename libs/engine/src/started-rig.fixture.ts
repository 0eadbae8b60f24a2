// SPDX-License-Identifier: Apache-2.0
import type { JobUnit } from '@fairlead/target';
import { jobUnit } from '@fairlead/target/testing';
import { systemClock, waitFor } from '@fairlead/testing';
import { onTestFinished } from 'vitest';
import type { EngineState } from './engine-state.ts';
import { createRig, type Rig, type RigOptions } from './rig.fixture.ts';

/** A job of which only the version matters. */
export function job(name: string, version: number, fields: Partial<JobUnit> = {}): JobUnit {
  return jobUnit({ name, args: [`v${String(version)}`], ...fields });
}

/** A started agent that is stopped when the test ends. */
export async function startRig(options: Partial<RigOptions> & Pick<RigOptions, 'dir'>): Promise<Rig> {
  const rig = createRig({ clock: systemClock, ...options });
  await rig.start();
  onTestFinished(() => rig.engine.stop());
  return rig;
}

export const untilOutcomes = (rig: Rig, count: number): Promise<unknown> =>
  waitFor(() => rig.outcomes.length >= count, { everyMs: 2, what: `outcome ${String(count)}` });

export const untilState = (rig: Rig, holds: (state: EngineState) => boolean): Promise<unknown> =>
  waitFor(() => holds(rig.engine.state()), { everyMs: 2, what: 'the awaited state' });

/** Fields of a job whose step fails with this code. */
export const broken = (step: string, code: string): Partial<JobUnit> => ({ env: { [`FAIL_${step}`]: code } });
