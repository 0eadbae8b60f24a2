// SPDX-License-Identifier: Apache-2.0
import {
  canonicalBytes,
  digestFromHex,
  digestHex,
  err,
  isCode,
  isDigest,
  ok,
  type Code,
  type Digest,
  type Result,
} from '@fairlead/base';
import * as v from 'valibot';
import { receiptLimits, receiptResults, unitResults, type Receipt } from './receipt.ts';
import { parseStrict } from './strict-json.ts';

/** in-toto's name of what our predicate means. */
const receiptPredicateType = 'https://fairlead.dev/attestation/receipt/v1';
/** Name of the statement's one subject: the manifest, by its digest. */
const subjectName = 'manifest.json';

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const digest = v.custom<Digest>(isDigest, 'not a digest');
const code = v.nullable(v.custom<Code>((value) => typeof value === 'string' && isCode(value), 'not a code'));
const time = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'not a time in UTC with milliseconds'),
);

const schema = v.strictObject({
  _type: v.literal('https://in-toto.io/Statement/v1'),
  subject: v.strictTuple([
    v.strictObject({
      name: v.literal(subjectName),
      digest: v.strictObject({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'not a SHA-256')) }),
    }),
  ]),
  predicateType: v.literal(receiptPredicateType),
  predicate: v.strictObject({
    device: text,
    instance: text,
    seq: positive,
    previous: v.nullable(digest),
    counter: positive,
    target: digest,
    previousTarget: v.nullable(digest),
    result: v.picklist(receiptResults),
    code,
    units: v.pipe(
      v.array(v.strictObject({ unit: text, result: v.picklist(unitResults), code })),
      v.maxLength(receiptLimits.units),
    ),
    unitsOmitted: count,
    deviceTime: time,
    trustedTime: time,
    bootId: text,
    agentVersion: text,
    remarks: v.pipe(v.array(text), v.maxLength(receiptLimits.remarks)),
  }),
});

/** The in-toto statement (version 1) of a receipt, in canonical form. */
export function statementBytes(receipt: Receipt): Uint8Array {
  const { revision, deviceTime, trustedTime, ...predicate } = receipt;
  return canonicalBytes({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: subjectName, digest: { sha256: digestHex(revision) } }],
    predicateType: receiptPredicateType,
    predicate: { ...predicate, deviceTime: formatTime(deviceTime), trustedTime: formatTime(trustedTime) },
  });
}

export function parseStatement(bytes: Uint8Array): Result<Receipt, readonly string[]> {
  const parsed = parseStrict(schema, bytes);
  if (!parsed.ok) return parsed;
  const { subject, predicate } = parsed.value;
  const [deviceTime, trustedTime] = [Date.parse(predicate.deviceTime), Date.parse(predicate.trustedTime)];
  if (Number.isNaN(deviceTime) || Number.isNaN(trustedTime))
    return err(['predicate: a time that does not exist']);
  return ok({ ...predicate, deviceTime, trustedTime, revision: digestFromHex(subject[0].digest.sha256) });
}

function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
