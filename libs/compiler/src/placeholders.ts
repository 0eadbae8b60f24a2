// SPDX-License-Identifier: Apache-2.0
import { join } from '@fairlead/spec';
import type { Findings, Source } from './findings.ts';

/** Names that the device resolves; Maestro writes two of them in lower case. */
const local: readonly string[] = ['IMAGE', 'CONFIG', 'JOB', 'THISDIR', 'CWD', 'thisdir', 'cwd'];

/** Keys whose text belongs to the program, braces of other templates included: only variables and secrets are looked for there. */
const contentKeys: ReadonlySet<string> = new Set(['data', 'message', 'composite_config']);

const braces = /\{\{([^{}]*)\}\}/g;
const scoped = /^(vars|secrets)\.([A-Za-z0-9_][A-Za-z0-9_.-]*)$/;

/** The variable that `{{inner}}` names, or whose business it is. Blanks around a name do not count. */
function meaningOf(inner: string): { readonly variable: string } | 'device' | 'unknown' {
  const name = inner.trim();
  const [, scope, variable = ''] = scoped.exec(name) ?? [];
  if (scope === 'vars') return { variable };
  return scope === 'secrets' || local.includes(name) ? 'device' : 'unknown';
}

/** A `{{vars.NAME}}` in some string of a file. */
export interface VariableUse extends Source {
  readonly name: string;
}

/** Every use of a variable in the strings of `value`, keys `x-…` left out. Names that nobody knows are findings. */
export function variableUses(value: unknown, source: Source, findings: Findings): readonly VariableUse[] {
  const uses: VariableUse[] = [];
  eachString(value, source.pointer, '', (text, pointer, key) => {
    for (const [written, inner = ''] of text.matchAll(braces)) {
      const meaning = meaningOf(inner);
      if (typeof meaning === 'object') uses.push({ file: source.file, pointer, name: meaning.variable });
      else if (meaning === 'unknown' && !contentKeys.has(key))
        report(written, inner, { file: source.file, pointer }, findings);
    }
  });
  return uses;
}

function report(written: string, inner: string, source: Source, findings: Findings): void {
  findings.add(source, '', {
    code: 'placeholder-unknown',
    message: `the placeholder ${written} is not known`,
    suggest: { written: `{{${inner.trim()}}}`, among: () => local.map((name) => `{{${name}}}`) },
  });
}

function eachString(
  value: unknown,
  pointer: string,
  key: string,
  visit: (text: string, pointer: string, key: string) => void,
): void {
  if (typeof value === 'string') {
    if (value.includes('{{')) visit(value, pointer, key);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      eachString(item, join(pointer, index), key, visit);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      if (!name.startsWith('x-')) eachString(item, join(pointer, name), name, visit);
    }
  }
}

/** The value with variables replaced, once: what a variable holds is not looked into again. Undefined variables stay as written. */
export function substitute<T>(value: T, vars: ReadonlyMap<string, string>): T {
  return vars.size === 0 ? value : (replaced(value, vars) as T);
}

function replaced(value: unknown, vars: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => replaced(item, vars));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, vars)]));
  }
  if (typeof value !== 'string' || !value.includes('{{')) return value;
  return value.replace(braces, (written, inner: string) => {
    const meaning = meaningOf(inner);
    return typeof meaning === 'object' ? (vars.get(meaning.variable) ?? written) : written;
  });
}
