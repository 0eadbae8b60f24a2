// SPDX-License-Identifier: Apache-2.0
import { Ajv2020 } from 'ajv/dist/2020.js';
import { problemsOf } from './ajv-problems.ts';
import type { Problem } from './diagnostic.ts';
import type { Shape } from './schemas/shape.ts';

export interface Validated<T> {
  /** Undefined where something is missing or of the wrong type. */
  readonly value: T | undefined;
  readonly problems: readonly Problem[];
}

/** Settings that a schema of ours must compile under: every mode of ajv that refuses what it does not know or cannot mean. */
export const strictAjv = {
  strict: true,
  strictTypes: true,
  strictTuples: true,
  strictRequired: true,
  allErrors: true,
  verbose: true,
  unicodeRegExp: true,
} as const;

/** A check of values against a shape; its schema is compiled at the first use. */
export function createValidator<T>(shape: Shape<T>): (value: unknown) => Validated<T> {
  let compiled: ReturnType<Ajv2020['compile']> | undefined;
  return (value) => {
    compiled ??= new Ajv2020(strictAjv).compile(shape.schema as Record<string, unknown>);
    if (compiled(value)) return { value: value as T, problems: [] };
    const problems = problemsOf(compiled.errors ?? []);
    return { value: problems.every(keepsForm) ? (value as T) : undefined, problems };
  };
}

function keepsForm(problem: Problem): boolean {
  return problem.code !== 'wrong-type' && problem.code !== 'missing-key';
}
