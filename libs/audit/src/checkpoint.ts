// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes, err, isDigest, ok, sha256, type Digest, type Result } from '@fairlead/base';
import * as v from 'valibot';

const digest = v.custom<Digest>(isDigest, 'not a digest');
const commit = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, 'not a commit'));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const chainEnd = v.strictObject({
  seq: count,
  hash: digest,
  counter: count,
  runs: v.nullable(digest),
  key: digest,
});

const body = {
  format: v.literal(1),
  fleet: digest,
  branch: v.string(),
  /** Head of the records. */
  records: commit,
  /** Head of each reference of receipts. */
  receipts: v.record(v.string(), commit),
  /** Device → instance → the end of its chain. */
  devices: v.record(v.string(), v.record(v.string(), chainEnd)),
};

const schema = v.strictObject({ ...body, digest });
type Body = Omit<v.InferOutput<typeof schema>, 'digest'>;

/**
 * How far an audit came without a finding: whoever keeps it need not judge again what stood in the log then, and sees when something of
 * that is taken out later. Believed as it stands: keep it where nobody writes who writes the log.
 */
export type Checkpoint = Readonly<v.InferOutput<typeof schema>>;

/** `digest`: of the canonical JSON of the rest, against a slip of the pen, not against forgers. */
export function sealCheckpoint(content: Body): Checkpoint {
  return { ...content, digest: sha256(canonicalBytes(content)) };
}

/** Reads a checkpoint, or the whole JSON answer of an audit that holds one. */
export function parseCheckpointText(text: string): Result<Checkpoint, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err('it is no JSON');
  }
  if (typeof value === 'object' && value !== null && 'checkpoint' in value) value = value.checkpoint;
  if (value === null) return err('the audit that it is of had findings, so it has no checkpoint');
  const read = v.safeParse(schema, value);
  if (!read.success) return err(`it is no checkpoint: ${read.issues[0].message}`);
  const { digest: stated, ...rest } = read.output;
  return sha256(canonicalBytes(rest)) === stated
    ? ok(read.output)
    : err('it was changed: its digest is another');
}
