// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import { nearest } from './nearest.ts';
import { formCodes } from './schemas/forms.ts';
import type { JsonSchema, JsonType } from './schemas/json-schema.ts';

/** What is wrong with one value. */
export interface Complaint {
  readonly code: Code;
  readonly message: string;
  /** Absent: the code's own hint. */
  readonly hint?: string;
}

const patterns = new Map<string, RegExp>();

export function matches(pattern: string, text: string): boolean {
  const known = patterns.get(pattern) ?? new RegExp(pattern, 'u');
  patterns.set(pattern, known);
  return known.test(text);
}

export function hasType(value: unknown, type: JsonType): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    case 'number':
    case 'string':
    case 'boolean':
      return typeof value === type;
  }
}

export function wrongType(type: JsonType, value: unknown): Complaint {
  return {
    code: 'wrong-type',
    message: `expected ${typeNames[type]}, found ${shown(value)}`,
    ...(typeof value === 'string' && value.includes('{{') ? { hint: noVariable } : {}),
  };
}

/** Where a text with a variable stands for something of a narrower form. */
const noVariable = 'Write the value itself: a variable stands only in texts, and not in names.';

const typeNames: Readonly<Record<JsonType, string>> = {
  object: 'an object',
  array: 'an array',
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'a boolean',
  null: 'null',
};

/** What a number or a text of the right type has wrong; `form` is the name of the form that `rules` are. */
export function complaintAbout(value: unknown, rules: JsonSchema, form: string): Complaint | undefined {
  if (typeof value === 'number') return numberComplaint(value, rules);
  if (typeof value === 'string') return textComplaint(value, rules, form);
  return undefined;
}

function numberComplaint(value: number, { minimum, maximum }: JsonSchema): Complaint | undefined {
  const limit =
    minimum !== undefined && value < minimum
      ? `>= ${String(minimum)}`
      : maximum !== undefined && value > maximum
        ? `<= ${String(maximum)}`
        : undefined;
  return limit === undefined
    ? undefined
    : { code: 'invalid-value', message: `${String(value)} must be ${limit}` };
}

function textComplaint(text: string, rules: JsonSchema, form: string): Complaint | undefined {
  const { enum: allowed, pattern, maxLength, description } = rules;
  const fixed = text.includes('{{') ? { hint: noVariable } : {};
  if (allowed !== undefined && !allowed.includes(text))
    return { ...notAllowed(text), hint: choice(text, allowed), ...fixed };
  // Characters are code points; there are at most as many as code units.
  const tooLong = maxLength !== undefined && text.length > maxLength && Array.from(text).length > maxLength;
  if (!tooLong && (pattern === undefined || matches(pattern, text))) return undefined;
  const code = formCodes[form];
  // A secret is never repeated.
  if (code === 'plain-secret') return { code, message: 'a secret stands here in plain text' };
  if (code !== undefined) {
    const what = code === 'invalid-uuid' ? 'UUID' : 'name';
    return { code, message: `${shown(text)} is not allowed as a ${what}`, ...fixed };
  }
  return { ...notAllowed(text), ...(description === undefined ? {} : { hint: `Give ${description}.` }) };
}

export function notAllowed(value: unknown): Complaint {
  return { code: 'invalid-value', message: `${shown(value)} is not allowed here` };
}

function choice(text: string, allowed: readonly string[]): string {
  const names = allowed.filter((name) => name !== '').map((name) => `'${name}'`);
  const near = nearest(text, allowed);
  return near === undefined || near === ''
    ? `Use ${names.join(' or ')}.`
    : `Did you mean '${near}'? Allowed: ${names.join(', ')}.`;
}

/** The begin of a text that may be long. */
export function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** A value as messages quote it. */
function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return short(JSON.stringify(value));
}
