// SPDX-License-Identifier: Apache-2.0
export { auditFleet, type AuditOptions, type AuditReport } from './audit-fleet.ts';
export type { AuditSource } from './audit-source.ts';
export { parseCheckpointText, type Checkpoint } from './checkpoint.ts';
export type { Finding, Place } from './finding.ts';
export type { FirstRoot } from './first-root.ts';
export type { CommitHistory, DeviceHistory, DeviceRun } from './fleet-history.ts';
