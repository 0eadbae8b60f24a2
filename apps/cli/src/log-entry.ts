// SPDX-License-Identifier: Apache-2.0
import type { AdoptedRecord, LogEntry, LogRecord } from '@fairlead/log';
import { parseManifest, revisionId, type Receipt } from '@fairlead/trust/verify';
import type { Colours } from './colours.ts';

/** One entry of the log as an object of its own; the exact metadata and certificates stay in Git. */
export function entryJson(entry: LogEntry): Readonly<Record<string, unknown>> {
  return entry.kind === 'record' ? recordJson(entry.record) : receiptJson(entry.at, entry.receipt);
}

/** One entry as one line: when, what, about whom. */
export function entryText(entry: LogEntry, colours: Colours): string {
  const [kind, about] = entry.kind === 'record' ? recordWords(entry.record) : receiptWords(entry.receipt);
  return `${colours.dim(entry.at)}  ${paint(kind, colours)(kind.padEnd(width))}  ${about}`;
}

function recordJson(record: LogRecord): Readonly<Record<string, unknown>> {
  switch (record.kind) {
    case 'revision': {
      const { kind, at, commit } = record;
      return { kind, at, commit, ...manifestFacts(record.manifest) };
    }
    case 'refreshed':
      return { kind: record.kind, at: record.at };
    case 'authority':
    case 'enrolled':
    case 'renewed': {
      const { certificate: _certificate, ...rest } = record;
      return rest;
    }
    case 'refused':
    case 'skipped':
    case 'revoked':
    case 'adopted':
      return { ...record };
  }
}

function receiptJson(
  at: string,
  { code, deviceTime, trustedTime, ...receipt }: Receipt,
): Readonly<Record<string, unknown>> {
  return {
    kind: 'receipt',
    at,
    ...receipt,
    reason: code,
    deviceTime: new Date(deviceTime).toISOString(),
    trustedTime: new Date(trustedTime).toISOString(),
  };
}

/** Kind, and the rest of the line. */
function recordWords(record: LogRecord): readonly [string, string] {
  switch (record.kind) {
    case 'revision': {
      const { revision, counter, devices } = manifestFacts(record.manifest);
      return [
        record.kind,
        `${record.commit} is ${revision}, counter ${counter ?? '?'}, ${devices ?? '?'} devices`,
      ];
    }
    case 'refreshed':
      return [record.kind, 'metadata signed again'];
    case 'refused': {
      const [first] = record.diagnostics;
      const more = record.diagnostics.length > 1 ? ` and ${record.diagnostics.length - 1} more` : '';
      const detail =
        first === undefined
          ? ''
          : `: ${first.file === undefined ? '' : `${first.file}: `}${first.message}${more}`;
      return [record.kind, `${record.commit} [${record.code}]${detail}`];
    }
    case 'skipped':
      return [record.kind, `${record.commit} for ${record.by}`];
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

function receiptWords({ device, result, code, revision, seq, remarks }: Receipt): readonly [string, string] {
  const reason = code === null ? '' : ` [${code}]`;
  const also = remarks.length === 0 ? '' : ` (${remarks.join(', ')})`;
  return [result, `${device} #${seq} ${revision}${reason}${also}`];
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
