// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { UsedSecrets } from './used-secrets.ts';

/** Values of `{{NAME}}`; null: the name is known, but means nothing here. */
export type Variables = Readonly<Record<'IMAGE' | 'CONFIG' | 'JOB' | 'THISDIR' | 'CWD', string | null>>;

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

const secretForm = /^secrets\.(.+)$/;

/**
 * Replaces every `{{NAME}}` in one pass, so that a value is never read as a template, and without any escaping. A name that is
 * unknown is a failure, never an empty text. `secrets`: null where everybody on the device could read them.
 */
export function substitute(
  text: string,
  variables: Variables,
  secrets: UsedSecrets | null,
): Result<string, StepFailure> {
  return replaceEach(text, (name) => lookUp(name, variables, secrets));
}

/** Replaces the secrets alone: all other braces are the program's own. */
export function fillSecrets(text: string, secrets: UsedSecrets): Result<string, StepFailure> {
  return replaceEach(text, (name) => {
    const secret = secretForm.exec(name)?.[1];
    return secret === undefined ? null : secretValue(secret, secrets);
  });
}

/** Whether `fillSecrets` would change anything. */
export function namesSecrets(text: string): boolean {
  return [...text.matchAll(placeholder)].some(([, name = '']) => secretForm.test(name));
}

/** `valueOf`: null leaves the placeholder as it is. */
function replaceEach(
  text: string,
  valueOf: (name: string) => Result<string, StepFailure> | null,
): Result<string, StepFailure> {
  const failures: StepFailure[] = [];
  const done = text.replace(placeholder, (whole, name: string) => {
    const value = valueOf(name) ?? ok(whole);
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
  secrets: UsedSecrets | null,
): Result<readonly string[], StepFailure> {
  const done: string[] = [];
  for (const text of texts) {
    const one = substitute(text, variables, secrets);
    if (!one.ok) return one;
    done.push(one.value);
  }
  return ok(done);
}

function secretValue(name: string, secrets: UsedSecrets): Result<string, StepFailure> {
  const value = secrets.value(name);
  return value === null
    ? err({ code: 'missing-secret', message: `the secret '${name}' is not on this device` })
    : ok(value);
}

function lookUp(
  name: string,
  variables: Variables,
  secrets: UsedSecrets | null,
): Result<string, StepFailure> {
  const secret = secretForm.exec(name)?.[1];
  if (secret !== undefined && secrets !== null) return secretValue(secret, secrets);
  if (secret !== undefined)
    return err({
      code: 'secret-exposed',
      message: `the secret '${secret}' would stand in the list of processes`,
    });
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
