// SPDX-License-Identifier: Apache-2.0
import { join, nearest } from '@fairlead/spec';
import type { Findings, Source } from './findings.ts';

/** Names that the device resolves. Maestro writes two of them in lower case. */
const local = ['IMAGE', 'CONFIG', 'JOB', 'THISDIR', 'CWD'] as const;
const oldNames: ReadonlyMap<string, string> = new Map([['thisdir', 'THISDIR'], ['cwd', 'CWD']]);

const braces = /\{\{([^{}]*)\}\}/g;
const scoped = /^(vars|secrets)\.([A-Za-z0-9_][A-Za-z0-9_.-]*)$/;
const word = /^[A-Za-z_][\w.-]*$/;

type Meaning = { readonly kind: 'vars'; readonly name: string } | { readonly kind: 'device' | 'unknown' | 'not-ours' };

/** Blanks are no part of a name; what is no name at all (`{{ #if x }}`) belongs to someone else's templates. */
function meaningOf(inner: string): Meaning {
  const [, scope, name] = scoped.exec(inner) ?? [];
  if (scope === 'vars' && name !== undefined) return { kind: 'vars', name };
  if (scope !== undefined || local.some((known) => known === inner) || oldNames.has(inner)) return { kind: 'device' };
  const trimmed = inner.trim();
  const meant = word.test(inner) || scoped.test(trimmed) || local.some((known) => known === trimmed);
  return { kind: meant ? 'unknown' : 'not-ours' };
}

/** A `{{vars.NAME}}` in some string of a file. */
export interface VariableUse extends Source {
  readonly name: string;
}

/** Every use of a variable in the strings of `value`, keys `x-…` left out. Names that nobody knows are findings. */
export function variableUses(value: unknown, source: Source, findings: Findings): readonly VariableUse[] {
  const uses: VariableUse[] = [];
  eachString(value, source.pointer, (text, pointer) => {
    for (const [written, inner = ''] of text.matchAll(braces)) {
      const meaning = meaningOf(inner);
      if (meaning.kind === 'vars') uses.push({ file: source.file, pointer, name: meaning.name });
      if (meaning.kind === 'unknown') report(written, inner, { file: source.file, pointer }, findings);
    }
  });
  return uses;
}

function report(written: string, inner: string, source: Source, findings: Findings): void {
  const near = nearest(inner.trim(), local);
  findings.add(source, '', {
    code: 'placeholder-unknown',
    message: `the placeholder ${written} is not known`,
    ...(near === undefined ? {} : { hint: `Did you mean {{${near}}}?` }),
  });
}

function eachString(value: unknown, pointer: string, visit: (text: string, pointer: string) => void): void {
  if (typeof value === 'string') {
    if (value.includes('{{')) visit(value, pointer);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => { eachString(item, join(pointer, index), visit); });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (!key.startsWith('x-')) eachString(item, join(pointer, key), visit);
    }
  }
}

/**
 * The value with variables replaced, once: what a variable holds is not looked into again. Undefined variables stay as written. The
 * device's names stay for the device, in upper case.
 */
export function substitute<T>(value: T, vars: ReadonlyMap<string, string>): T {
  return replaced(value, (text) =>
    text.replace(braces, (written, inner: string) => {
      const meaning = meaningOf(inner);
      if (meaning.kind === 'vars') return vars.get(meaning.name) ?? written;
      const old = oldNames.get(inner);
      return old === undefined ? written : `{{${old}}}`;
    }),
  ) as T;
}

function replaced(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return value.includes('{{') ? replace(value) : value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, replace)]));
}
