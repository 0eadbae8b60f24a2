// SPDX-License-Identifier: Apache-2.0
export type { Artifact } from './artifact.ts';
export { targetBytes, targetDigest, unitDigest, unitKey } from './canonical-target.ts';
export {
  mountPropagations,
  type ContainerDevice,
  type ContainerMount,
  type ContainerTmpfs,
  type MountPropagation,
  type MountSource,
  type VolumesOf,
} from './container-files.ts';
export type {
  ContainerNetwork,
  ContainerPort,
  ExposedPort,
  ExtraHost,
  ExtraHostTarget,
  NetworkAttachment,
  PortProtocol,
} from './container-network.ts';
export {
  plainContainerSettings,
  type ContainerLog,
  type ContainerRestart,
  type ContainerSecurity,
  type ContainerSettings,
  type Namespace,
} from './container-settings.ts';
export {
  containerUnit,
  type ContainerImage,
  type ContainerUnit,
  type ContainerUpdate,
} from './container-unit.ts';
export { diffTargets, type UnitChange } from './diff-targets.ts';
export type { FirmwareUnit } from './firmware-unit.ts';
export type { JobDefinition } from './job-definition.ts';
export type {
  JobChroot,
  JobConfig,
  JobConfigFile,
  JobImage,
  JobMember,
  JobReadiness,
  JobRestart,
  JobStdin,
  JobUnit,
} from './job-unit.ts';
export { isRelativePath, isUnitName, targetLimits } from './limits.ts';
export { parseTarget, targetProblems } from './parse-target.ts';
export {
  parseStartupParameters,
  type StartupParameters,
} from './startup-parameters/parse-startup-parameters.ts';
export type { SettingProblem } from './setting-problem.ts';
export {
  containersDomain,
  splitPerDomain,
  type Baseline,
  type DesiredComponent,
  type DesiredDomain,
  type DesiredState,
  type KeyValue,
} from './kanto/desired-state.ts';
export { imageVersion } from './kanto/image-version.ts';
export { parseComponent, type KantoContainer } from './kanto/parse-component.ts';
export { printComponent } from './kanto/print-component.ts';
export { isSingleKey } from './kanto/component-keys.ts';
export { requirementProblems } from './requirements.ts';
export { runSet, type BlockedUnit, type RunSet } from './run-set.ts';
export { startOrder } from './start-order.ts';
export {
  createTarget,
  plainSettings,
  type ApplyWhen,
  type DomainName,
  type TargetSettings,
  type TargetState,
  type Unit,
} from './target-state.ts';
export { touchedUnits, unitsToStart, unitsToStop, wantedUnits, type UnitEffect } from './touched-units.ts';
export {
  plainAttributes,
  type HealthCheck,
  type HealthProbe,
  type Resources,
  type Triggers,
  type UnitAttributes,
} from './unit-attributes.ts';
export { restartsWithRequired, startsByItself } from './unit-traits.ts';
