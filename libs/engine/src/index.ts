// SPDX-License-Identifier: Apache-2.0
export type { Domain, Drift, ExpectedUnit, LogLine, LogQuery, StepFailure } from './domain.ts';
export type {
  Activity,
  Desired,
  DriftReport,
  EngineEvent,
  EngineState,
  FailedTarget,
  Pending,
  RevisionRef,
  UnitFailure,
} from './engine-state.ts';
export type { RestingUnit } from './resting.ts';
export type { Outcome, OutcomeResult, UnitOutcome } from './outcome.ts';
export type { DeviceUnit, ObservedUnit, Phase, UnitCondition, UnitProcess } from '@fairlead/planner';
export type { Busy, Idleness } from './apply-time.ts';
export { createEngine, type Engine, type EngineOptions } from './engine.ts';
export { openJournalFile, type JournalFault, type JournalFile } from './journal-file.ts';
export { createExclusive, type Exclusive } from './exclusive.ts';
export { noSecrets, type Secret, type SecretSource } from './secret-source.ts';
export type { DriftMode } from './domain.ts';
export type { UnitRequest } from './unit-request.ts';
export { defaultSettings, type EngineSettings } from './settings.ts';
export { awaitHealthy, awaitReady, type WatchedUnit } from './await-unit.ts';
export { conditionOf, hasProcess, isActive, type SupervisorState } from './supervisor-state.ts';
