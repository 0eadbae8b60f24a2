// SPDX-License-Identifier: Apache-2.0
export { formatPlan, formatStep, type DigestLabel } from './format-plan.ts';
export { makePlan, type Plan } from './make-plan.ts';
export { nextBatch, stepsIn, type Batch, type Lane } from './next-batch.ts';
export {
  isActive,
  isUp,
  type DeviceUnit,
  type ObservedUnit,
  type UnitCondition,
  type UnitProcess,
} from './observed.ts';
export { isTouching, phaseOf, type Phase, type Step, type StepKind } from './step.ts';
export { wayBack } from './way-back.ts';
