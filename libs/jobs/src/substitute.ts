// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';

/** Values of `{{NAME}}`; null: the name is known, but means nothing here. */
export type Variables = Readonly<Record<'IMAGE' | 'CONFIG' | 'JOB' | 'THISDIR' | 'CWD', string | null>>;

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

/**
 * Replaces every `{{NAME}}` in one pass, so that a value is never read as a template, and without any escaping. A name that is
 * unknown is a failure, never an empty text.
 */
export function substitute(text: string, variables: Variables): Result<string, StepFailure> {
  const failures: StepFailure[] = [];
  const done = text.replace(placeholder, (whole, name: string) => {
    const value = lookUp(name, variables);
    if (value.ok) return value.value;
    failures.push(value.error);
    return whole;
  });
  return failures[0] === undefined ? ok(done) : err(failures[0]);
}

/** All of them, or the first failure. */
export function substituteAll(
  texts: readonly string[],
  variables: Variables,
): Result<readonly string[], StepFailure> {
  const done: string[] = [];
  for (const text of texts) {
    const one = substitute(text, variables);
    if (!one.ok) return one;
    done.push(one.value);
  }
  return ok(done);
}

function lookUp(name: string, variables: Variables): Result<string, StepFailure> {
  const secret = /^secrets\.(.+)$/.exec(name);
  if (secret !== null) {
    return err({ code: 'missing-secret', message: `the secret '${secret[1] ?? ''}' is not on this device` });
  }
  // Maestro writes these two in lower case.
  const known = name === 'thisdir' || name === 'cwd' ? name.toUpperCase() : name;
  if (!isVariable(known, variables))
    return err({ code: 'unsupported', message: `nothing is known of {{${name}}}` });
  const value = variables[known];
  if (value === null) return err({ code: 'unsupported', message: `{{${known}}} has no single value here` });
  return ok(value);
}

function isVariable(name: string, variables: Variables): name is keyof Variables {
  return Object.hasOwn(variables, name);
}
