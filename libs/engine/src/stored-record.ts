// SPDX-License-Identifier: Apache-2.0
import { err, isCode, isDigest, ok, type Code, type Digest, type Result } from '@fairlead/base';
import type { Step } from '@fairlead/planner';
import * as v from 'valibot';
import type { Book, Transaction } from './book.ts';
import { JOURNAL_FORMAT, type JournalRecord } from './journal-record.ts';
import type { Outcome } from './outcome.ts';

const digest = v.custom<Digest>(isDigest, 'no digest');
const maybeDigest = v.nullable(digest);
/** A later release of the agent may have had codes that this one does not know; the message beside it tells more. */
const code = v.pipe(
  v.string(),
  v.transform((name): Code => (isCode(name) ? name : 'internal')),
);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const unitName = { domain: v.picklist(['jobs', 'containers', 'firmware']), name: v.string() };
const reason = { code, message: v.string() };

const desired = v.strictObject({ revision: digest, counter: count, target: digest });
const failure = v.strictObject({ ...reason, unit: v.nullable(v.strictObject(unitName)) });
const unitFailure = v.strictObject({ ...unitName, ...reason });
const failedTarget = v.strictObject({ ...reason, target: digest, agentVersion: v.string() });

const step = v.variant('kind', [
  v.strictObject({ kind: v.picklist(['stage', 'activate', 'ready', 'health']), ...unitName, digest }),
  v.strictObject({ kind: v.literal('stop'), ...unitName, digest: maybeDigest }),
  v.strictObject({ kind: v.literal('switch'), ...unitName, from: maybeDigest, to: maybeDigest }),
]) satisfies v.GenericSchema<unknown, Step>;
const steps = v.pipe(v.array(step), v.readonly());

const outcome = v.strictObject({
  id: count,
  ...desired.entries,
  previous: maybeDigest,
  result: v.picklist(['applied', 'rolled-back', 'refused', 'inconsistent']),
  code: v.nullable(code),
  message: v.string(),
  units: v.array(
    v.strictObject({
      ...unitName,
      result: v.picklist([
        'applied',
        'removed',
        'unchanged',
        'blocked',
        'failed',
        'rolled-back',
        'inconsistent',
      ]),
      code: v.nullable(code),
      message: v.string(),
    }),
  ),
}) satisfies v.GenericSchema<unknown, Outcome>;

const underWay = { id: count, desired, boot: v.string(), steps, done: count };
const transaction = v.variant('kind', [
  v.strictObject({ kind: v.literal('none') }),
  v.strictObject({ kind: v.literal('staging'), id: count, desired }),
  v.strictObject({ kind: v.literal('applying'), ...underWay, begun: count, remark: v.optional(v.string()) }),
  v.strictObject({ kind: v.literal('rolling-back'), ...underWay, failure, failures: v.array(unitFailure) }),
]) satisfies v.GenericSchema<unknown, Transaction>;

const book = v.strictObject({
  committed: v.nullable(desired),
  previous: maybeDigest,
  desired: v.nullable(desired),
  open: v.boolean(),
  transaction,
  failed: v.array(failedTarget),
  outcomes: v.array(outcome),
  lastId: count,
  boot: v.nullable(v.string()),
  inconsistent: v.array(unitFailure),
  unclean: v.boolean(),
}) satisfies v.GenericSchema<unknown, Book>;

const record = v.variant('kind', [
  v.strictObject({ kind: v.literal('head'), format: v.literal(JOURNAL_FORMAT), book }),
  v.strictObject({ kind: v.literal('boot'), boot: v.string() }),
  v.strictObject({ kind: v.literal('noted'), desired, open: v.boolean() }),
  v.strictObject({ kind: v.literal('stage'), id: count, desired }),
  v.strictObject({ kind: v.picklist(['staging', 'staged']), ...unitName, digest }),
  v.strictObject({ kind: v.literal('apply'), boot: v.string(), steps, remark: v.optional(v.string()) }),
  v.strictObject({ kind: v.picklist(['begun', 'done']), count }),
  v.strictObject({ kind: v.literal('back'), boot: v.string(), failure, steps }),
  v.strictObject({ kind: v.literal('stuck'), failure: unitFailure }),
  v.strictObject({ kind: v.literal('end'), outcome, failed: v.nullable(failedTarget) }),
  v.strictObject({ kind: v.literal('acknowledged'), id: count }),
  v.strictObject({ kind: v.picklist(['retry', 'repaired', 'cleaned']) }),
]) satisfies v.GenericSchema<unknown, JournalRecord>;

/**
 * One line of a journal as a record, with every problem if it is none. The head carries the format, so that a later agent can tell
 * the form before its own from this one.
 */
export function parseRecord(line: string): Result<JournalRecord, readonly string[]> {
  const parsed = v.safeParse(record, jsonOf(line));
  return parsed.success
    ? ok(parsed.output)
    : err(parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'record'}: ${issue.message}`));
}

/** The format that a line states, if it is the head of a journal of whatever format. */
export function formatOf(line: string): number | null {
  const head = v.safeParse(v.object({ kind: v.literal('head'), format: v.number() }), jsonOf(line));
  return head.success ? head.output.format : null;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
