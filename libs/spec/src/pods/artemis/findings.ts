// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import { at, atKey, type Problem } from '../../diagnostic.ts';
import { mostProblems } from '../../problem-list.ts';

/** What Artemis would say. It stops at its first error; here all are listed. */
export interface Findings {
  readonly problems: readonly Problem[];
  error(code: Code, message: string, pointer: string): void;
  /** At the key. */
  warning(code: Code, message: string, pointer: string): void;
}

export function createFindings(): Findings {
  const problems: Problem[] = [];
  const add = (problem: Problem): void => {
    if (problems.length < mostProblems) problems.push(problem);
  };
  return {
    problems,
    error: (code, message, pointer) => {
      add({ severity: 'error', code, message, place: at(pointer) });
    },
    warning: (code, message, pointer) => {
      const hint = code === 'unknown-key' ? { hint: unusedHint } : {};
      add({ severity: 'warning', code, message, place: atKey(pointer), ...hint });
    },
  };
}

const unusedHint = 'Correct it or take it out: nothing reads it, and with our $schema it is an error.';

/** A value as Artemis's messages quote it: texts bare, lists in brackets, mappings in braces. */
export function quoted(value: unknown): string {
  const text = shown(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** Most characters of a quotation. */
const longest = 1_000;

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}: ${shown(item)}`)
    .join(', ')}}`;
}
