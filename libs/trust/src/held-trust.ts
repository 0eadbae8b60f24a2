// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes, isDigest, sha256, type Digest, type Result } from '@fairlead/base';
import * as v from 'valibot';
import { parseManifest, revisionId } from './manifest.ts';
import { parseStrict } from './strict-json.ts';
import { readVersion } from './metadata.ts';

/**
 * Everything that a device believes, as one plain JSON value: the exact texts of the newest metadata that it accepted. Null: nothing
 * accepted yet, or forgotten because a root replaced the keys of that role.
 */
export interface HeldTrust {
  readonly format: 1;
  /** SHA-256 of root version 1. */
  readonly fleet: Digest;
  /** The branch of the first manifest accepted; another one is not taken. */
  readonly branch: string | null;
  readonly root: string;
  readonly timestamp: string | null;
  readonly snapshot: string | null;
  readonly targets: string | null;
  readonly manifest: string | null;
}

export interface HeldVersions {
  readonly root: number;
  /** 0: none held. */
  readonly timestamp: number;
  readonly snapshot: number;
  readonly targets: number;
  readonly counter: number;
  readonly revision: Digest | null;
}

const text = v.nullable(v.string());
const schema = v.strictObject({
  format: v.literal(1),
  fleet: v.custom<Digest>(isDigest, 'not a digest'),
  branch: text,
  root: v.string(),
  timestamp: text,
  snapshot: text,
  targets: text,
  manifest: text,
});

/** SHA-256 of root version 1: what a token carries, and the fleet's id. */
export function rootIdentity(rootV1: Uint8Array): Digest {
  return sha256(rootV1);
}

/** The start: root version 1, whose digest came with the enrolment token. */
export function initialTrust(rootV1: Uint8Array): HeldTrust {
  return {
    format: 1,
    fleet: rootIdentity(rootV1),
    branch: null,
    root: Buffer.from(rootV1).toString('utf8'),
    timestamp: null,
    snapshot: null,
    targets: null,
    manifest: null,
  };
}

export function heldTrustBytes(held: HeldTrust): Uint8Array {
  return canonicalBytes(held);
}

export function parseHeldTrust(bytes: Uint8Array): Result<HeldTrust, readonly string[]> {
  return parseStrict(schema, bytes);
}

/** What a greeting tells the server, so that it sends only what is missing. */
export function heldVersions(held: HeldTrust): HeldVersions {
  const manifest = held.manifest === null ? undefined : parseManifest(Buffer.from(held.manifest));
  return {
    root: readVersion(held.root),
    timestamp: readVersion(held.timestamp),
    snapshot: readVersion(held.snapshot),
    targets: readVersion(held.targets),
    counter: manifest?.ok === true ? manifest.value.counter : 0,
    revision: held.manifest === null ? null : revisionId(Buffer.from(held.manifest)),
  };
}
