// SPDX-License-Identifier: Apache-2.0
export { checkDesiredState, type CheckedDesiredState } from './check-desired-state.ts';
export { checkPod, type CheckedPod } from './check-pod.ts';
export { checkRunningConfig, type CheckedRunningConfig } from './check-running.ts';
export type {
  CommitFile,
  Compiled,
  CompiledDevice,
  CompileInput,
  Compiler,
  CompileResult,
  Outline,
  Outlined,
  References,
  Refused,
} from './compile-types.ts';
export { createCompiler } from './compiler.ts';
export {
  planFleet,
  trustChanges,
  type DeviceChange,
  type FileChange,
  type FleetPlan,
  type GroupPlan,
  type LeavingDevice,
} from './plan/plan-fleet.ts';
export type { SettingChange, TargetPlan, UnitPlan } from './plan/plan-target.ts';
