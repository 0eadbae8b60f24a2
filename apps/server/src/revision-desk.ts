// SPDX-License-Identifier: Apache-2.0
import { codeInfo, err, ok, type Clock, type Result } from '@fairlead/base';
import type { Compiled } from '@fairlead/compiler';
import type { FleetLog, LogRecord, RevisionRecord } from '@fairlead/log';
import {
  noVersions,
  refreshRevision,
  signRevision,
  verifyRecorded,
  type RecordedVersions,
  type SignedRevision,
} from '@fairlead/trust/sign';
import type { ServerProblem } from './problems.ts';
import type { ServerKeys } from './server-keys.ts';

/** A revision that stands in the log, with its newest recorded metadata. */
export interface RecordedRevision {
  readonly compiled: Compiled;
  readonly signed: SignedRevision;
}

/** Signs revisions and records them; nothing leaves here that is not in the log. */
export interface RevisionDesk {
  /** Signs a new revision and records it together with `before`. */
  record(compiled: Compiled, before: readonly LogRecord[]): Promise<Result<RecordedRevision, ServerProblem>>;
  /** The revision that the log holds, its commit compiled again: refused where the bytes differ or the signatures are not ours. */
  resume(compiled: Compiled, recorded: RevisionRecord): Result<RecordedRevision, ServerProblem>;
  /** Whether this is what the log holds, metadata included. */
  isNewest(revision: RecordedRevision | undefined): boolean;
  /** Signs again what is due; undefined where nothing is. */
  refresh(revision: RecordedRevision): Promise<Result<RecordedRevision, ServerProblem> | undefined>;
}

export function createRevisionDesk(keys: ServerKeys, log: FleetLog, clock: Clock): RevisionDesk {
  const at = (): string => new Date(clock.now()).toISOString();
  const verify = ({
    manifest,
    targets,
    snapshot,
    timestamp,
  }: RevisionRecord): Result<SignedRevision, ServerProblem> =>
    verifyRecorded(keys.firstRoot, {
      manifest: bytes(manifest),
      targets: bytes(targets),
      snapshot: bytes(snapshot),
      timestamp: bytes(timestamp),
    });

  /** Versions count up from the record: no data folder can forget them. */
  const recordedVersions = (): Result<RecordedVersions, ServerProblem> => {
    const { revision } = log.state();
    if (revision === null) return ok(noVersions);
    const signed = verify(revision);
    if (!signed.ok) return signed;
    const { targets, snapshot, timestamp } = signed.value;
    return ok({ targets: targets.version, snapshot: snapshot.version, timestamp: timestamp.version });
  };

  return {
    async record(compiled, before) {
      const recorded = recordedVersions();
      if (!recorded.ok) return recorded;
      const manifest = compiled.manifestBytes;
      const signed = signRevision({
        signers: keys.signers,
        recorded: recorded.value,
        manifest,
        now: clock.now(),
      });
      const { commit } = compiled.manifest;
      const appended = await log.append([
        ...before,
        { kind: 'revision', at: at(), commit, manifest: text(manifest), ...texts(signed) },
      ]);
      return appended.ok ? ok({ compiled, signed }) : appended;
    },
    resume(compiled, recorded) {
      if (text(compiled.manifestBytes) !== recorded.manifest) {
        return err({
          code: 'compiler-mismatch',
          message: `commit ${recorded.commit} compiles to ${compiled.revision} now, which is not what was recorded`,
          hint: codeInfo('compiler-mismatch').hint,
        });
      }
      const signed = verify(recorded);
      return signed.ok ? ok({ compiled, signed: signed.value }) : signed;
    },
    isNewest(revision) {
      const recorded = log.state().revision;
      if (recorded === null || revision === undefined) return recorded === null && revision === undefined;
      const { compiled, signed } = revision;
      return (
        text(compiled.manifestBytes) === recorded.manifest &&
        text(signed.timestamp.bytes) === recorded.timestamp
      );
    },
    async refresh({ compiled, signed }) {
      const manifest = compiled.manifestBytes;
      const renewed = refreshRevision({
        signers: keys.signers,
        recorded: signed,
        manifest,
        now: clock.now(),
      });
      if (renewed === undefined) return undefined;
      const appended = await log.append([{ kind: 'refreshed', at: at(), ...texts(renewed) }]);
      return appended.ok ? ok({ compiled, signed: renewed }) : appended;
    },
  };
}

function texts({ targets, snapshot, timestamp }: SignedRevision): {
  targets: string;
  snapshot: string;
  timestamp: string;
} {
  return { targets: text(targets.bytes), snapshot: text(snapshot.bytes), timestamp: text(timestamp.bytes) };
}

function text(content: Uint8Array): string {
  return Buffer.from(content).toString('utf8');
}

function bytes(content: string): Uint8Array {
  return Buffer.from(content, 'utf8');
}
