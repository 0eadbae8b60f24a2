// SPDX-License-Identifier: Apache-2.0
export { adoptAbove, adoptFrom, type Adoption, type AdoptOptions } from './adopt.ts';
export type { DeviceCertificates } from './certificate-book.ts';
export { openFleetLog, type FleetLog, type FleetLogOptions } from './fleet-log.ts';
export { readLastRevision, type LastRevision } from './last-revision.ts';
export type { CommitRecord, LogState } from './log-state.ts';
export { noteText, type GroupOutcome, type NoteInput } from './note-text.ts';
export type { Proof } from './proof-book.ts';
export { readFleetLog, type LogEntry } from './read-log.ts';
export {
  checkpointFile,
  parseCheckpoint,
  parseSegment,
  receiptsFile,
  segmentFile,
  type SegmentStart,
} from './receipt-lines.ts';
export type { VerifiedReceipt } from './receipt-log.ts';
export type { ReceiptLink, ReceiptPlace, ReceiptPosition } from './receipt-position.ts';
export { compareSegments, segmentOf } from './receipt-segments.ts';
export { recordsFile } from './record-log.ts';
export { refNames, type RefNames } from './ref-names.ts';
export {
  readReleaseSignature,
  releaseRef,
  writeReleaseSignature,
  type ReleaseSignature,
} from './release-signature.ts';
export {
  maxDiagnostics,
  parseRecords,
  type AdoptedRecord,
  type LogRecord,
  type RecordedDiagnostic,
  type RevisionRecord,
} from './record.ts';
export type { KeySets } from './signature-judge.ts';
export { recordedVersions, type MetadataVersions } from './versions.ts';
