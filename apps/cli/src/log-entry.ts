// SPDX-License-Identifier: Apache-2.0
import type { AdoptedRecord, LogEntry, LogRecord } from '@fairlead/log';
import { parseManifest, revisionId, type Receipt } from '@fairlead/trust/verify';
import type { Colours } from './colours.ts';
import { oneLine, type LogContext } from './log-context.ts';

/** One entry of the log as an object of its own; the exact metadata and certificates stay in Git. */
export function entryJson(entry: LogEntry, context: LogContext): Readonly<Record<string, unknown>> {
  return entry.kind === 'record'
    ? recordJson(entry.record, context)
    : receiptJson(entry.at, entry.receipt, context);
}

/** One entry as one line: when, what, about whom. */
export function entryText(entry: LogEntry, context: LogContext, colours: Colours): string {
  const [kind, about] =
    entry.kind === 'record' ? recordWords(entry.record, context) : receiptWords(entry.receipt, context);
  return `${colours.dim(entry.at)}  ${paint(kind, colours)(kind.padEnd(width))}  ${oneLine(about)}`;
}

function recordJson(record: LogRecord, context: LogContext): Readonly<Record<string, unknown>> {
  switch (record.kind) {
    case 'revision': {
      const { kind, at, commit } = record;
      const facts = manifestFacts(record.manifest);
      return { kind, at, commit, ...facts, ...context.commit(commit), rotated: context.rotated(record) };
    }
    case 'refreshed':
      return { kind: record.kind, at: record.at, rotated: context.rotated(record) };
    case 'authority':
    case 'enrolled':
    case 'renewed': {
      const { certificate: _certificate, ...rest } = record;
      return rest;
    }
    case 'refused':
    case 'skipped':
      return { ...record, ...context.commit(record.commit) };
    case 'revoked':
    case 'adopted':
      return { ...record };
  }
}

function receiptJson(
  at: string,
  { code, deviceTime, trustedTime, ...receipt }: Receipt,
  { commits }: LogContext,
): Readonly<Record<string, unknown>> {
  return {
    kind: 'receipt',
    at,
    ...receipt,
    commit: commits.get(receipt.revision) ?? null,
    reason: code,
    deviceTime: new Date(deviceTime).toISOString(),
    trustedTime: new Date(trustedTime).toISOString(),
  };
}

/** Kind, and the rest of the line. */
function recordWords(record: LogRecord, context: LogContext): readonly [string, string] {
  switch (record.kind) {
    case 'revision': {
      const { revision, counter, devices } = manifestFacts(record.manifest);
      return [
        record.kind,
        `${record.commit} is ${revision}, counter ${counter ?? '?'}, ${devices ?? '?'} devices${newKeys(record, context)}${byWhom(record.commit, context)}`,
      ];
    }
    case 'refreshed':
      return [record.kind, `metadata signed again${newKeys(record, context)}`];
    case 'refused': {
      const [first] = record.diagnostics;
      const more = record.diagnostics.length > 1 ? ` and ${record.diagnostics.length - 1} more` : '';
      const detail =
        first === undefined
          ? ''
          : `: ${first.file === undefined ? '' : `${first.file}: `}${first.message}${more}`;
      return [record.kind, `${record.commit} [${record.code}]${detail}${byWhom(record.commit, context)}`];
    }
    case 'skipped':
      return [record.kind, `${record.commit} for ${record.by}${byWhom(record.commit, context)}`];
    case 'authority':
      return [record.kind, record.fingerprint];
    case 'enrolled':
      return [record.kind, `${record.device} by ${approval(record)}`];
    case 'renewed':
      return [record.kind, record.device];
    case 'revoked':
      return [record.kind, `${record.fingerprint} of ${record.device} by ${record.by}`];
    case 'adopted':
      return [record.kind, `by ${record.by}: ${adoption(record.how)}`];
  }
}

function adoption(how: AdoptedRecord['how']): string {
  return how.kind === 'above'
    ? `goes on above version ${how.version}`
    : `${how.records} records of ${how.head} brought back`;
}

/** Who let a device in, and by which token; the token is told once where it was all it took. */
function approval({ approvedBy, token }: LogRecord & { readonly kind: 'enrolled' }): string {
  return token === undefined || approvedBy === `token ${token}`
    ? approvedBy
    : `${approvedBy}, token ${token}`;
}

/** Whose commit it is, and what it is for. */
function byWhom(commit: string, context: LogContext): string {
  const words = context.commit(commit);
  return words === undefined ? '' : `; ${words.author}: ${words.subject}`;
}

function newKeys(record: LogRecord, context: LogContext): string {
  const rotated = context.rotated(record);
  return rotated.length === 0 ? '' : `, new keys for ${rotated.join(', ')}`;
}

function receiptWords(
  { device, result, code, revision, seq, remarks, units }: Receipt,
  { commits }: LogContext,
): readonly [string, string] {
  const commit = commits.get(revision);
  const reason = code === null ? '' : ` [${code}]`;
  const bad = units.flatMap((unit) => (unit.code === null ? [] : [`${unit.unit} ${unit.code}`]));
  const why = bad.length === 0 ? '' : `: ${bad.slice(0, 5).join(', ')}${bad.length > 5 ? ', …' : ''}`;
  const also = remarks.length === 0 ? '' : ` (${remarks.join(', ')})`;
  return [result, `${device} #${seq} ${commit ?? revision}${reason}${also}${why}`];
}

function manifestFacts(text: string) {
  const bytes = Buffer.from(text, 'utf8');
  const manifest = parseManifest(bytes);
  const { counter, devices, root } = manifest.ok
    ? manifest.value
    : { counter: null, devices: null, root: null };
  return { revision: revisionId(bytes), counter, devices, root };
}

/** Of the longest kind, `inconsistent`. */
const width = 12;

function paint(kind: string, colours: Colours): (text: string) => string {
  if (kind === 'revision' || kind === 'applied') return colours.green;
  if (kind === 'refused' || kind === 'rolled-back' || kind === 'inconsistent' || kind === 'revoked')
    return colours.red;
  return colours.cyan;
}
