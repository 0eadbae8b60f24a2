// SPDX-License-Identifier: Apache-2.0
export { readApply } from './apply-when.ts';
export { parseContentFile, type FileContent } from './content-file.ts';
export { readComponent } from './desired-state/component-rules.ts';
export { parseDesiredState, type LocatedState } from './desired-state/parse-desired-state.ts';
export { printDesiredState } from './desired-state/print-desired-state.ts';
export { at, atKey, join, type Diagnostic, type Place, type Problem, type Severity } from './diagnostic.ts';
export { complaintAt } from './complaint-at.ts';
export { editJson, type JsonEdit } from './edit-json.ts';
export { findPlaces } from './find-places.ts';
export { indexed } from './indexed.ts';
export { formatImageReference, parseImageReference, type ImageReference } from './lock/image-reference.ts';
export {
  emptyLock,
  lockedEntry,
  lockKey,
  lockSections,
  type LockEntries,
  type LockFile,
  type LockPlace,
  type LockReference,
  type LockSection,
} from './lock/lock-file.ts';
export { disagreement, type MutableReference, type Pins } from './lock/mutable-reference.ts';
export { printLock } from './lock/print-lock.ts';
export { nearest } from './nearest.ts';
export { parseArtemisDuration } from './pods/artemis-duration.ts';
export { flattenPod, podDiagnostics, podOf, type FlatPod, type SpecFiles } from './pods/flatten-pod.ts';
export { parsePod, podNameOf, type ParsedPod, type PodOptions, type PodPart } from './pods/parse-pod.ts';
export { formatPodReference, parsePodReference, type PodReference } from './pods/pod-reference.ts';
export type {
  ContainerKind,
  Dialect,
  GpioTrigger,
  OpenText,
  PodConnection,
  PodContainer,
  PodSpec,
} from './pods/pod-spec.ts';
export { printPod } from './pods/print-pod.ts';
export { relocatePaths } from './pods/relocate-paths.ts';
export { valueOf, type MapNode, type Origin, type SpecNode } from './pods/spec-node.ts';
export { compareDiagnostics, diagnosticOf, isFaulty, locate, type ParsedFile } from './parsed-file.ts';
export {
  parseDevicesFile,
  parseFleetFile,
  parseHistoryFile,
  parseLockFile,
  parseRunningConfig,
  type ListedDevice,
} from './parse-files.ts';
export type { DeviceEntry } from './schemas/devices-schema.ts';
export type { FleetFile, FleetGroup } from './schemas/fleet-schema.ts';
export type { HistoryFile } from './schemas/history-schema.ts';
export type { LockedBranch, LockedContent, LockedPod } from './schemas/lock-schema.ts';
export { schemas } from './schemas/index.ts';
export {
  runningConfigShape,
  type ChecksumEntry,
  type ConfigEntry,
  type ImageEntry,
  type JobEntry,
  type RunningConfig,
  type TemplateEntry,
} from './schemas/running-config-schema.ts';
export type { FileSchema, JsonSchema, JsonType } from './schemas/json-schema.ts';
export {
  isDevicesPath,
  isPodPath,
  isRunningPath,
  lockPath,
  repositoryPath,
  sizeLimits,
} from './source-rules.ts';
