// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import type { ErrorObject } from 'ajv';
import { at, atKey, join, type Problem } from './diagnostic.ts';
import { nearest } from './nearest.ts';
import { formCodes } from './schemas/forms.ts';

/** What is wrong throughout is not described throughout. */
const mostProblems = 1_000;

/**
 * Ajv's errors in our words: one problem for what is wrong in one way. Those inside an alternative count as the alternative's own,
 * and what has the wrong type is not judged further.
 */
export function problemsOf(errors: readonly ErrorObject[]): readonly Problem[] {
  const own = errors.filter((error) => !/\/anyOf\/\d/.test(error.schemaPath));
  const mistyped = new Set(
    own.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath),
  );
  return own
    .filter(({ keyword, instancePath }) => keyword === 'type' || !mistyped.has(instancePath))
    .slice(0, mostProblems)
    .map(problemOf);
}

function problemOf(error: ErrorObject): Problem {
  const pointer = error.instancePath;
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (error.keyword) {
    case 'required':
      return problem(
        'missing-key',
        at(pointer),
        `the key '${String(params['missingProperty'])}' is missing`,
        `Add '${String(params['missingProperty'])}'.`,
      );
    case 'additionalProperties':
      return unknownKey(error, String(params['additionalProperty']));
    case 'type':
      return problem(
        'wrong-type',
        at(pointer),
        `expected ${typeName(String(params['type']))}, found ${found(error.data)}`,
      );
    case 'enum':
      return problem(
        'invalid-value',
        at(pointer),
        `${found(error.data)} is not allowed here`,
        ...enumHint(error),
      );
    case 'pattern':
      return pattern(error);
    case 'minimum':
    case 'maximum':
      return problem(
        'invalid-value',
        at(pointer),
        `${String(error.data)} must be ${String(params['comparison'])} ${String(params['limit'])}`,
      );
    default:
      return problem(
        'invalid-value',
        at(pointer),
        `${found(error.data)} is not allowed here`,
        ...describedHint(error),
      );
  }
}

function problem(code: Code, place: Problem['place'], message: string, hint?: string): Problem {
  return { severity: 'error', code, message, place, ...(hint === undefined ? {} : { hint }) };
}

function unknownKey(error: ErrorObject, key: string): Problem {
  const place = atKey(join(error.instancePath, key));
  const known = Object.keys((error.parentSchema?.['properties'] ?? {}) as object);
  const near = nearest(key, known);
  return problem(
    'unknown-key',
    place,
    `the key '${key}' is not known here`,
    near === undefined ? undefined : `Did you mean '${near}'? Keys of your own begin with x-.`,
  );
}

/** A form that has a name has a code: the schema path of its error begins with it. */
function pattern(error: ErrorObject): Problem {
  const name = /\/\$defs\/(\w+)\//.exec(error.schemaPath)?.[1] ?? '';
  const code = formCodes[name];
  // The code's own hint says what such a form allows.
  if (code !== undefined)
    return problem(
      code,
      at(error.instancePath),
      `${found(error.data)} is not allowed as a ${code === 'invalid-uuid' ? 'UUID' : 'name'}`,
    );
  return problem(
    'invalid-value',
    at(error.instancePath),
    `${found(error.data)} is not allowed here`,
    ...describedHint(error),
  );
}

function enumHint(error: ErrorObject): readonly string[] {
  const allowed = ((error.params as Readonly<Record<string, unknown>>)['allowedValues'] ??
    []) as readonly unknown[];
  const names = allowed
    .filter((value) => typeof value === 'string' && value !== '')
    .map((value) => `'${String(value)}'`);
  const near = typeof error.data === 'string' ? nearest(error.data, allowed.map(String)) : undefined;
  return [
    near === undefined || near === ''
      ? `Use ${names.join(' or ')}.`
      : `Did you mean '${near}'? Allowed: ${names.join(', ')}.`,
  ];
}

function describedHint(error: ErrorObject): readonly string[] {
  const description: unknown = error.parentSchema?.['description'];
  return typeof description === 'string' ? [`Give ${description}.`] : [];
}

function typeName(type: string): string {
  return type === 'integer'
    ? 'a whole number'
    : type === 'array' || type === 'object'
      ? `an ${type}`
      : `a ${type}`;
}

function found(data: unknown): string {
  if (data === null) return 'null';
  if (Array.isArray(data)) return 'an array';
  if (typeof data === 'object') return 'an object';
  const text = JSON.stringify(data);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
