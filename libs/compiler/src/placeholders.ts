// SPDX-License-Identifier: Apache-2.0
import { join, type SpecNode } from '@fairlead/spec';
import type { Finding, Findings, Source } from './findings.ts';
import type { RoleOf, TextRole } from './text-role.ts';

/** Names that the device resolves; Maestro writes two of them in lower case. */
const local: readonly string[] = ['IMAGE', 'CONFIG', 'JOB', 'THISDIR', 'CWD', 'thisdir', 'cwd'];

const braces = /\{\{([^{}]*)\}\}/g;
const variableForm = /^vars\.([A-Za-z0-9_][A-Za-z0-9_.-]*)$/;
/** Names of secrets are names of files on the device. */
const secretForm = /^secrets\.(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/;

/** What `{{inner}}` is. Blanks around a name do not count. */
type Meaning = { readonly variable: string } | 'secret' | 'local' | 'unknown';

function meaningOf(inner: string): Meaning {
  const name = inner.trim();
  const variable = variableForm.exec(name)?.[1];
  if (variable !== undefined) return { variable };
  if (secretForm.test(name)) return 'secret';
  return local.includes(name) ? 'local' : 'unknown';
}

/** The first placeholder of a text that the device would fill in, as written; of one name or of any. */
export function localPlaceholder(text: string, name?: string): string | undefined {
  const names = name === undefined ? local : [name];
  return text.match(braces)?.find((written) => names.includes(written.slice(2, -2).trim()));
}

/** A `{{vars.NAME}}` in some string of a file; of a name that stands there several times, one. */
export interface VariableUse extends Source {
  readonly name: string;
  /** The whole string. */
  readonly text: string;
}

/**
 * Every use of a variable in the strings of `value`, keys `x-…` left out, at the places that its pointers mean. Placeholders that
 * nobody knows, that do not end, or that have no place where they stand are findings.
 */
export function variableUses(
  value: unknown,
  placeOf: (pointer: string) => Source,
  roleOf: RoleOf,
  findings: Findings,
): readonly VariableUse[] {
  const uses: VariableUse[] = [];
  const visitText = (text: string, path: readonly string[]): void => {
    const place = placeOf(join('', ...path));
    const role = roleOf(path);
    const refuse = (finding: Finding): void => {
      findings.add(place, '', finding);
    };
    const names = new Set<string>();
    const equals = text.indexOf('=');
    for (const { 0: written, 1: inner = '', index } of text.matchAll(braces)) {
      const meaning = meaningOf(inner);
      const isName = equals === -1 || index < equals;
      const objection = objectionTo(meaning, role, { written, inner, isName });
      if (objection !== undefined) refuse(objection);
      else if (typeof meaning === 'object') names.add(meaning.variable);
    }
    for (const name of names) uses.push({ ...place, name, text });
    if (opensWithoutEnd(text, role)) refuse(unended(text));
  };
  const visitKey = (key: string, path: readonly string[]): void => {
    const written = key.match(braces)?.find((one) => isOurs(one.slice(2)));
    if (written === undefined) return;
    const place = placeOf(join('', ...path));
    findings.add(place, '', { ...misplaced(written, 'a key has one name for all devices'), key: true });
  };
  walk(value, [], visitText, visitKey);
  return uses;
}

interface Written {
  readonly written: string;
  readonly inner: string;
  /** It lies in the name of `NAME=value`. */
  readonly isName: boolean;
}

/** What is wrong with a placeholder in a text of this role. */
function objectionTo(meaning: Meaning, role: TextRole, at: Written): Finding | undefined {
  const { written, inner, isName } = at;
  if (role === 'content') {
    return meaning === 'unknown' && isOurs(inner) ? unknown(at) : undefined;
  }
  if (meaning === 'unknown') return unknown(at);
  if (role === 'identifier') return misplaced(written, 'what is named here has one name for all devices');
  if (typeof meaning === 'object') return undefined;
  if (role === 'plain') {
    const where = meaning === 'local' ? 'commands and environments' : 'env, message and data of configs';
    return misplaced(written, `the device fills it in only in ${where}`);
  }
  if (meaning === 'local' || (role === 'environment' && !isName)) return undefined;
  return {
    code: 'secret-exposed',
    message:
      role === 'command'
        ? `${written} would stand in the list of processes`
        : `${written} stands in the name of a variable`,
  };
}

function misplaced(written: string, why: string): Finding {
  return { code: 'placeholder-misplaced', message: `${written} has no place here: ${why}` };
}

function unknown({ written, inner }: Written): Finding {
  const name = inner.trim();
  return {
    code: 'placeholder-unknown',
    message: isOurs(inner)
      ? `${written} is not the form of a placeholder: names are letters, digits, _ - and .`
      : `the placeholder ${written} is not known`,
    suggest: { written: `{{${name}}}`, among: () => local.map((known) => `{{${known}}}`) },
  };
}

function unended(text: string): Finding {
  return {
    code: 'placeholder-unknown',
    message: text.includes('}}')
      ? 'a placeholder stands inside another: they are filled in once, from left to right'
      : 'a placeholder begins with {{ and does not end',
    hint: 'Write {{vars.NAME}}, with nothing but a name between the braces.',
  };
}

/** Text behind `{{` that can only mean one of ours, well written or not. */
function isOurs(inner: string): boolean {
  return /^\s*(vars|secrets)\b/.test(inner);
}

/** Whether a `{{` is left when all placeholders are taken out; in what belongs to the program, one that can only be ours. */
function opensWithoutEnd(text: string, role: TextRole): boolean {
  if (!text.includes('{{')) return false;
  const rest = text.replace(braces, '').split('{{').slice(1);
  return role === 'content' ? rest.some(isOurs) : rest.length > 0;
}

function walk(
  value: unknown,
  path: readonly string[],
  visitText: (text: string, path: readonly string[]) => void,
  visitKey: (key: string, path: readonly string[]) => void,
): void {
  if (typeof value === 'string') {
    if (value.includes('{{')) visitText(value, path);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      walk(item, [...path, String(index)], visitText, visitKey);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      if (name.startsWith('x-')) continue;
      const inner = [...path, name];
      if (name.includes('{{')) visitKey(name, inner);
      walk(item, inner, visitText, visitKey);
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
  return typeof value === 'string' ? replacedText(value, vars) : value;
}

/** As `substitute`, of a value whose parts know where they were written. */
export function substituteNode<T extends SpecNode>(node: T, vars: ReadonlyMap<string, string>): T;
export function substituteNode(node: SpecNode, vars: ReadonlyMap<string, string>): SpecNode {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'string' ? { ...node, value: replacedText(node.value, vars) } : node;
    case 'list':
      return { ...node, items: node.items.map((item) => substituteNode(item, vars)) };
    case 'map': {
      const entries = [...node.entries].map(([key, item]) => [key, substituteNode(item, vars)] as const);
      return { ...node, entries: new Map(entries) };
    }
  }
}

function replacedText(text: string, vars: ReadonlyMap<string, string>): string {
  if (!text.includes('{{')) return text;
  return text.replace(braces, (written, inner: string) => {
    const meaning = meaningOf(inner);
    return typeof meaning === 'object' ? (vars.get(meaning.variable) ?? written) : written;
  });
}
