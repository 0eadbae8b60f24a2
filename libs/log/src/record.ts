// SPDX-License-Identifier: Apache-2.0
import {
  FairleadError,
  isCode,
  isDigest,
  ok,
  err,
  type Code,
  type Digest,
  type Result,
} from '@fairlead/base';
import * as v from 'valibot';

/** Why a commit was refused: one thing, with its place where it has one. */
export interface RecordedDiagnostic {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** The metadata of a revision: exact texts, as signed. */
export interface MetadataTexts {
  readonly targets: string;
  readonly snapshot: string;
  readonly timestamp: string;
}

/** A commit became a revision. */
export interface RevisionRecord extends MetadataTexts {
  readonly kind: 'revision';
  /** RFC 3339 UTC, of every record. */
  readonly at: string;
  readonly commit: string;
  /** Canonical text. */
  readonly manifest: string;
}

/** One line of the fleet log. */
export type LogRecord =
  | RevisionRecord
  /** The newest revision's metadata, signed again. */
  | (MetadataTexts & { readonly kind: 'refreshed'; readonly at: string })
  | {
      readonly kind: 'refused';
      readonly at: string;
      readonly commit: string;
      readonly code: Code;
      readonly diagnostics: readonly RecordedDiagnostic[];
    }
  | { readonly kind: 'skipped'; readonly at: string; readonly commit: string; readonly by: string }
  /** The certificate of an authority that a root names by its digest: whoever reads the log alone judges certificates by it. */
  | {
      readonly kind: 'authority';
      readonly at: string;
      readonly certificate: string;
      readonly fingerprint: Digest;
    }
  | {
      readonly kind: 'enrolled';
      readonly at: string;
      readonly device: string;
      /** Its id; left out where an operator let the device in. */
      readonly token?: string | undefined;
      readonly certificate: string;
      readonly fingerprint: Digest;
      readonly approvedBy: string;
    }
  /** A newer certificate for the key of `previous`, which stays good until it ends. */
  | {
      readonly kind: 'renewed';
      readonly at: string;
      readonly device: string;
      readonly certificate: string;
      readonly fingerprint: Digest;
      readonly previous: Digest;
    }
  /** From here on neither this certificate counts nor any other for its key. */
  | {
      readonly kind: 'revoked';
      readonly at: string;
      readonly device: string;
      readonly fingerprint: Digest;
      readonly by: string;
    }
  | AdoptedRecord;

/** The log had been cut, or restored, and an operator says how it goes on. */
export interface AdoptedRecord {
  readonly kind: 'adopted';
  readonly at: string;
  readonly by: string;
  readonly how:
    /**
     * So many records that were missing are there again, `head` being the newest commit that held them: before this record, or `again`
     * after it, since the log had gone on without them.
     */
    | {
        readonly kind: 'clone';
        readonly head: string;
        readonly records: number;
        readonly again: boolean;
      }
    /** What is missing stays so; from here on every version of every role is above this one. */
    | { readonly kind: 'above'; readonly version: number };
}

const code = v.pipe(
  v.string(),
  v.custom<Code>((text) => typeof text === 'string' && isCode(text), 'not a known code'),
);
const digest = v.custom<Digest>(isDigest, 'not a digest');
const text = v.pipe(v.string(), v.maxLength(65_536));
const commit = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, 'not a commit'));
const at = v.pipe(v.string(), v.isoTimestamp());
const metadata = { targets: text, snapshot: text, timestamp: text };
const diagnostic = v.strictObject({
  code,
  message: text,
  hint: text,
  file: v.optional(text),
  line: v.optional(v.number()),
  column: v.optional(v.number()),
});

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const adoption = v.variant('kind', [
  v.strictObject({ kind: v.literal('clone'), head: commit, records: whole, again: v.boolean() }),
  v.strictObject({ kind: v.literal('above'), version: whole }),
]);

const schema = v.variant('kind', [
  v.strictObject({ kind: v.literal('revision'), at, commit, manifest: text, ...metadata }),
  v.strictObject({ kind: v.literal('refreshed'), at, ...metadata }),
  v.strictObject({ kind: v.literal('refused'), at, commit, code, diagnostics: v.array(diagnostic) }),
  v.strictObject({ kind: v.literal('skipped'), at, commit, by: commit }),
  v.strictObject({ kind: v.literal('authority'), at, certificate: text, fingerprint: digest }),
  v.strictObject({
    kind: v.literal('enrolled'),
    at,
    device: text,
    token: v.optional(text),
    certificate: text,
    fingerprint: digest,
    approvedBy: text,
  }),
  v.strictObject({
    kind: v.literal('renewed'),
    at,
    device: text,
    certificate: text,
    fingerprint: digest,
    previous: digest,
  }),
  v.strictObject({ kind: v.literal('revoked'), at, device: text, fingerprint: digest, by: text }),
  v.strictObject({ kind: v.literal('adopted'), at, by: text, how: adoption }),
]);

/** Most diagnostics that one record keeps; the rest is said by `fairlead check`. */
export const maxDiagnostics = 100;

export function recordLine(record: LogRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Throws `internal` for a record that could not be read back: in the log it would be there for good. */
export function requireReadable(record: LogRecord): void {
  const read = parseRecords(recordLine(record));
  if (read.ok) return;
  throw new FairleadError({ code: 'internal', message: `a ${record.kind} record: ${read.error.join('; ')}` });
}

/** Reads the lines of one batch; strictly, since only we write them. */
export function parseRecords(content: string): Result<readonly LogRecord[], readonly string[]> {
  const records: LogRecord[] = [];
  const problems: string[] = [];
  for (const [index, line] of content.split('\n').entries()) {
    if (line === '') continue;
    const read = v.safeParse(schema, parseJson(line));
    if (read.success) records.push(read.output);
    else
      problems.push(
        ...read.issues.map(
          (issue) => `line ${String(index + 1)}: ${v.getDotPath(issue) ?? ''} ${issue.message}`,
        ),
      );
  }
  return problems.length === 0 ? ok(records) : err(problems);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
