// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes, err, isDigest, ok, sha256, type Digest, type Result } from '@fairlead/base';
import * as v from 'valibot';
import { parseStrict } from './strict-json.ts';

/** What one commit means for the whole fleet. Nothing in it depends on an earlier manifest, on the server or on the hour. */
export interface Manifest {
  readonly format: 1;
  /** Fixes every byte that the compiler made; see DESIGN, "Edition". */
  readonly edition: number;
  /** SHA-256 of root version 1. */
  readonly fleet: Digest;
  readonly branch: string;
  /** Object ids of the commit and its tree, 40 hexadecimal digits. */
  readonly commit: string;
  readonly tree: string;
  /** Time of the commit, RFC 3339 in UTC with whole seconds. */
  readonly time: string;
  /** Generation number of the commit plus the offset of its tree; rises along every edge of the history. */
  readonly counter: number;
  /** Number of leaves under `root`. */
  readonly devices: number;
  /** Merkle root (RFC 6962) over the leaves in byte order of device id: the plan digest. */
  readonly root: Digest;
}

/** A manifest is this small for any fleet, in bytes. */
export const maxManifestBytes = 1023;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const digest = v.custom<Digest>(isDigest, 'not a digest');
const objectId = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, 'not an object id'));

const schema = v.strictObject({
  format: v.literal(1),
  edition: positive,
  fleet: digest,
  branch: v.pipe(v.string(), v.minLength(1)),
  commit: objectId,
  tree: objectId,
  time: v.pipe(
    v.string(),
    v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'not a time in UTC with whole seconds'),
  ),
  counter: positive,
  devices: count,
  root: digest,
});

/** The signed bytes, as they are offered and named by the targets role. */
export function manifestBytes(manifest: Manifest): Uint8Array {
  return canonicalBytes(manifest);
}

/** Strict: unknown, missing and malformed fields are problems, and so are bytes other than the canonical form. */
export function parseManifest(bytes: Uint8Array): Result<Manifest, readonly string[]> {
  if (bytes.length > maxManifestBytes) return err([`larger than ${maxManifestBytes} bytes`]);
  const parsed = parseStrict(schema, bytes);
  return parsed.ok ? ok(parsed.value) : parsed;
}

/** The id of a revision: SHA-256 of its manifest's bytes. */
export function revisionId(bytes: Uint8Array): Digest {
  return sha256(bytes);
}
