// SPDX-License-Identifier: Apache-2.0
export type { DeviceCertificates } from './certificate-book.ts';
export { openFleetLog, type FleetLog, type FleetLogOptions } from './fleet-log.ts';
export { readLastRevision, type LastRevision } from './last-revision.ts';
export type { CommitRecord, LogState } from './log-state.ts';
export { noteText, type GroupOutcome, type NoteInput } from './note-text.ts';
export { readFleetLog, type LogEntry } from './read-log.ts';
export type { ReceiptLink, ReceiptPlace, ReceiptPosition } from './receipt-position.ts';
export { maxDiagnostics, type LogRecord, type RecordedDiagnostic, type RevisionRecord } from './record.ts';
