// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import {
  Metadata,
  MetadataKind,
  type MetaFile,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import { limits } from './limits.ts';
import { refusal, type TrustRefusal } from './refusal.ts';
import { exactText, readJson } from './strict-json.ts';

/** The four roles of TUF. */
export type RoleName = 'root' | 'timestamp' | 'snapshot' | 'targets';

interface SignedByRole {
  readonly root: Root;
  readonly timestamp: Timestamp;
  readonly snapshot: Snapshot;
  readonly targets: Targets;
}

/** A metadata file that was read but not yet believed. */
export interface MetadataFile<Role extends RoleName = RoleName> {
  readonly role: Role;
  readonly bytes: Uint8Array;
  /** The same bytes as text, as they are stored. */
  readonly text: string;
  readonly metadata: Metadata<SignedByRole[Role]>;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** The files of other roles that this one names. */
  readonly names: ReadonlyMap<RoleName, NamedFile>;
}

/** How one file names another. */
interface NamedFile {
  readonly version: number;
  /** In bytes. */
  readonly length: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Caps, then reads a file of one role. Nothing in it is believed yet. */
export function readMetadata<Role extends RoleName>(
  role: Role,
  bytes: Uint8Array,
): Result<MetadataFile<Role>, TrustRefusal> {
  const cap = role === 'root' ? limits.root : limits.metadata;
  if (bytes.length > cap) return err(refusal('endless-data', `${role} is larger than ${cap} bytes`));
  const json = readJson(bytes);
  const text = exactText(bytes);
  if (!json.ok || text === undefined || !isSignedEnvelope(json.value)) {
    return err(refusal('bad-signature', `${role} is no signed metadata`));
  }
  try {
    const metadata = readers[role](json.value);
    const { version } = metadata.signed;
    const expires = parseTime(metadata.signed.expires);
    if (!Number.isSafeInteger(version) || version < 1)
      return err(refusal('unsupported', `${role} has version ${version}`));
    if (expires === undefined) return err(refusal('unsupported', `${role} has no valid expiry`));
    const names = namedFiles(metadata.signed);
    if (names === undefined)
      return err(refusal('unsupported', `${role} names a file without length or SHA-256`));
    return ok({ role, bytes, text, metadata, version, expires, names });
  } catch (thrown) {
    return err(
      refusal(
        'unsupported',
        `${role} has a form that is not known: ${thrown instanceof Error ? thrown.message : ''}`,
      ),
    );
  }
}

/** The version that a stored file states, 0 where there is none. */
export function readVersion(text: string | null): number {
  if (text === null) return 0;
  const json = readJson(Buffer.from(text, 'utf8'));
  if (!json.ok || !isSignedEnvelope(json.value)) return 0;
  const { version } = json.value.signed;
  return typeof version === 'number' && Number.isSafeInteger(version) && version > 0 ? version : 0;
}

/** Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SSZ`, the one form that TUF knows. */
export function parseTime(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

type JsonObject = Parameters<typeof Root.fromJSON>[0];
type Envelope = JsonObject & { readonly signed: JsonObject };

const readers: { readonly [Role in RoleName]: (json: Envelope) => Metadata<SignedByRole[Role]> } = {
  root: (json) => Metadata.fromJSON(MetadataKind.Root, json),
  timestamp: (json) => Metadata.fromJSON(MetadataKind.Timestamp, json),
  snapshot: (json) => Metadata.fromJSON(MetadataKind.Snapshot, json),
  targets: (json) => Metadata.fromJSON(MetadataKind.Targets, json),
};

/** TUF lets length and hashes be left out; here they tie the files together. Undefined: one of them is missing. */
function namedFiles(
  signed: Root | Timestamp | Snapshot | Targets,
): ReadonlyMap<RoleName, NamedFile> | undefined {
  const entries: readonly (readonly [RoleName, MetaFile | undefined])[] =
    signed.type === MetadataKind.Timestamp
      ? [['snapshot', signed.snapshotMeta]]
      : signed.type === MetadataKind.Snapshot
        ? [['targets', signed.meta['targets.json']]]
        : [];
  const names = new Map<RoleName, NamedFile>();
  for (const [role, file] of entries) {
    if (file === undefined) continue;
    const { version, length, hashes } = file;
    const hash = hashes?.['sha256'];
    if (length === undefined || hash === undefined || !Number.isSafeInteger(version)) return undefined;
    names.set(role, { version, length, sha256: hash });
  }
  return names;
}

function isSignedEnvelope(value: unknown): value is Envelope {
  return isObject(value) && isObject(value['signed']) && Array.isArray(value['signatures']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
