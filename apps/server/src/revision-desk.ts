// SPDX-License-Identifier: Apache-2.0
import { codeInfo, err, ok, type Clock, type Result } from '@fairlead/base';
import type { Compiled } from '@fairlead/compiler';
import type { Ed25519Signer } from '@fairlead/git';
import {
  recordedVersions,
  type FleetLog,
  type LogRecord,
  type LogState,
  type RevisionRecord,
} from '@fairlead/log';
import {
  refreshRevision,
  signRevision,
  targetsDue,
  verifyRecorded,
  type RecordedVersions,
  type SignedRevision,
} from '@fairlead/trust/sign';
import { readTrustedRoot } from '@fairlead/trust/verify';
import type { ReleaseDesk } from './release-desk.ts';
import type { RootBook } from './root-book.ts';
import { problemOf, type ServerProblem } from './problems.ts';
import type { ServerKeys } from './server-keys.ts';

/** A revision that stands in the log, with its newest recorded metadata. */
export interface RecordedRevision {
  readonly compiled: Compiled;
  readonly signed: SignedRevision;
  /** Version of the newest root in effect. */
  readonly root: number;
}

/** Signs revisions and records them; nothing leaves here that is not in the log. */
export interface RevisionDesk {
  /** Turns to what the log holds now: everything is decided by that from here on, and signed with the keys of its roots. */
  settle(): Promise<void>;
  /** Records what was decided since; `ref-contended` where another server has recorded, refused or signed anything in the meantime. */
  append(records: readonly LogRecord[]): Promise<Result<void, ServerProblem>>;
  /**
   * Signs a new revision and records it together with `before`. It is signed by the keys that the newest root in its own tree lists:
   * with it that root takes effect.
   */
  record(compiled: Compiled, before: readonly LogRecord[]): Promise<Result<RecordedRevision, ServerProblem>>;
  /** The revision that the log holds, its commit compiled again: refused where the bytes differ or the signatures are not ours. */
  resume(compiled: Compiled, recorded: RevisionRecord): Result<RecordedRevision, ServerProblem>;
  /** Whether this is what the log holds, metadata included. */
  isNewest(revision: RecordedRevision | undefined): boolean;
  /** Signs again what is due; undefined where nothing is. */
  refresh(revision: RecordedRevision): Promise<Result<RecordedRevision, ServerProblem> | undefined>;
  /** A holder of the release key is to sign this revision again before its signature expires; undefined: not yet. */
  expiring(revision: RecordedRevision): ServerProblem | undefined;
}

export interface RevisionDeskOptions {
  readonly keys: ServerKeys;
  readonly roots: RootBook;
  readonly releases: ReleaseDesk;
  readonly log: FleetLog;
  readonly clock: Clock;
}

export function createRevisionDesk({ keys, roots, releases, log, clock }: RevisionDeskOptions): RevisionDesk {
  const at = (): string => new Date(clock.now()).toISOString();
  const verify = ({
    manifest,
    targets,
    snapshot,
    timestamp,
  }: RevisionRecord): Result<SignedRevision, ServerProblem> =>
    verifyRecorded(roots.newest().bytes, {
      manifest: bytes(manifest),
      targets: bytes(targets),
      snapshot: bytes(snapshot),
      timestamp: bytes(timestamp),
    });

  let basis = basisOf(log.state());
  const append = async (
    records: readonly LogRecord[],
    signer?: Ed25519Signer,
  ): Promise<Result<void, ServerProblem>> => {
    const appended = await log.append(records, {
      stands: ({ head, revision }) => head === basis.head && revision === basis.revision,
      ...(signer === undefined ? {} : { signer }),
    });
    if (appended.ok) basis = basisOf(log.state());
    return appended;
  };

  /** Versions count up from the record: no data folder can forget them. */
  const above = (): Result<RecordedVersions, ServerProblem> => {
    const { revision } = log.state();
    const signed = revision === null ? ok() : verify(revision);
    return signed.ok ? ok(recordedVersions(log.state())) : signed;
  };

  /** Signs by the newest root of the commit; its snapshot key signs the record too. */
  const sign = async (
    compiled: Compiled,
  ): Promise<Result<SignedRevision & { readonly logSigner: Ed25519Signer | undefined }, ServerProblem>> => {
    const recorded = above();
    if (!recorded.ok) return recorded;
    const newest = compiled.roots.at(-1) ?? keys.firstRoot;
    const root = readTrustedRoot(newest);
    if (!root.ok) return root;
    const signers = await keys.signersFor(root.value);
    if (!signers.ok) return signers;
    const [logSigner] = signers.value.snapshot;
    const manifest = compiled.manifestBytes;
    const released = await releases.need(compiled, {
      root: { ...root.value, bytes: newest },
      own: signers.value.targets,
      above: recorded.value.targets,
    });
    if (!released.ok) return released;
    const signed = signRevision({
      signers: signers.value,
      recorded: recorded.value,
      manifest,
      released: released.value,
      now: clock.now(),
    });
    return ok({ ...signed, logSigner });
  };

  const signAndRecord = async (
    compiled: Compiled,
    before: readonly LogRecord[],
  ): Promise<Result<SignedRevision, ServerProblem>> => {
    const signed = await sign(compiled);
    if (!signed.ok) return signed;
    const { commit } = compiled.manifest;
    const manifest = text(compiled.manifestBytes);
    const record = { kind: 'revision', at: at(), commit, manifest, ...texts(signed.value) } as const;
    const appended = await append([...before, record], signed.value.logSigner);
    return appended.ok ? signed : appended;
  };

  /** The log was adopted above what it holds: devices hold newer files than these, and take only what is newer still. */
  const lift = async (compiled: Compiled): Promise<Result<RecordedRevision, ServerProblem>> => {
    const signed = await sign(compiled);
    if (!signed.ok) return signed;
    const appended = await append([{ kind: 'refreshed', at: at(), ...texts(signed.value) }]);
    return appended.ok ? ok({ compiled, signed: signed.value, root: roots.newest().version }) : appended;
  };

  const followRoots = async (): Promise<void> => {
    await roots.settle(log.state().revision?.commit ?? null);
    await keys.use(roots.newest());
  };

  return {
    async settle() {
      basis = basisOf(log.state());
      await followRoots();
    },
    append,
    async record(compiled, before) {
      const signed = await signAndRecord(compiled, before);
      // Only now: a root whose commit was not recorded is not in effect, and neither are its keys.
      await followRoots();
      return signed.ok ? ok({ compiled, signed: signed.value, root: roots.newest().version }) : signed;
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
      return signed.ok ? ok({ compiled, signed: signed.value, root: roots.newest().version }) : signed;
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
    async refresh({ compiled, signed, root }) {
      if (signed.snapshot.version <= log.state().floor) return lift(compiled);
      const signers = keys.signers();
      if (!signers.ok) return signers;
      const released =
        clock.now() < targetsDue(signed)
          ? undefined
          : await releases.find(compiled, {
              root: roots.newest(),
              own: signers.value.targets,
              above: signed.targets.version,
            });
      const hasTargets = signers.value.targets.length >= roots.newest().roles.targets.threshold;
      const renewed = refreshRevision({
        signers: hasTargets ? signers.value : { ...signers.value, targets: [] },
        recorded: signed,
        manifest: compiled.manifestBytes,
        released: released?.ok === true ? released.value : undefined,
        now: clock.now(),
      });
      if (renewed === undefined) return undefined;
      const appended = await append([{ kind: 'refreshed', at: at(), ...texts(renewed) }]);
      return appended.ok ? ok({ compiled, signed: renewed, root }) : appended;
    },
    expiring({ compiled, signed }) {
      const { threshold } = roots.newest().roles.targets;
      const signers = keys.signers();
      if (!signers.ok || signers.value.targets.length >= threshold || clock.now() < targetsDue(signed))
        return undefined;
      const { commit } = compiled.manifest;
      const expires = new Date(signed.targets.expires).toISOString();
      const message = `the release signature of commit ${commit} expires at ${expires}`;
      return problemOf('release-signature-expires', message);
    },
  };
}

/** What commits and metadata are judged by: another server may change it while that goes on. */
function basisOf({ head, revision }: LogState): Pick<LogState, 'head' | 'revision'> {
  return { head, revision };
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
