// SPDX-License-Identifier: Apache-2.0
export type { Artifact } from './artifact.ts';
export { targetBytes, targetDigest, unitDigest, unitKey } from './canonical-target.ts';
export { diffTargets, type UnitChange } from './diff-targets.ts';
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
export { parseTarget } from './parse-target.ts';
export { requirementProblems } from './requirements.ts';
export { TARGET_FORMAT, type DomainName, type TargetState, type Unit } from './target-state.ts';
