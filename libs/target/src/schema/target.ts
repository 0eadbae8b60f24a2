// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import { unitKey } from '../canonical-target.ts';
import { targetLimits } from '../limits.ts';
import type { TargetState } from '../target-state.ts';
import { containerUnit } from './container.ts';
import { firmwareUnit } from './firmware.ts';
import { jobUnit, plainJobUnit } from './job.ts';
import { count, label, rising, text } from './parts.ts';

const settings = v.strictObject({
  apply: v.variant('kind', [
    v.strictObject({ kind: v.literal('now') }),
    v.strictObject({ kind: v.literal('idle') }),
    v.strictObject({
      kind: v.literal('window'),
      cron: v.pipe(text(targetLimits.label), v.nonEmpty('empty')),
      durationMs: v.pipe(count, v.minValue(1, 'zero')),
      zone: v.pipe(text(targetLimits.label), v.nonEmpty('empty')),
    }),
  ]),
  maxOfflineSeconds: v.nullable(count),
  removeContainers: rising(label, targetLimits.units, (name) => name),
});

/** The form alone; what units say about each other is checked by `requirementProblems`. */
export const targetSchema = v.variant('format', [
  v.strictObject({
    format: v.literal(1),
    units: rising(plainJobUnit, targetLimits.units, (unit) => unitKey(unit)),
  }),
  v.strictObject({
    format: v.literal(2),
    settings,
    units: rising(v.variant('domain', [jobUnit, containerUnit, firmwareUnit]), targetLimits.units, (unit) =>
      unitKey(unit),
    ),
  }),
]) satisfies v.GenericSchema<unknown, TargetState>;
