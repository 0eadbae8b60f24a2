// SPDX-License-Identifier: Apache-2.0
import { short } from './check-value.ts';
import { decodeText } from './decode-text.ts';
import type { Problem } from './diagnostic.ts';
import { scanJson, type ScanListener } from './json-scan.ts';
import { createProblemList } from './problem-list.ts';

/** A JSON text and what it says; `value` is undefined where it is no JSON. With problems it may be looked at, never used. */
export interface JsonDocument {
  readonly text: string;
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/**
 * Bytes to a JSON value: UTF-8, syntax, nesting, keys that stand twice, numbers that would lose digits, lone surrogates. What is
 * returned without an error has one meaning on every machine and a canonical form.
 */
export function readJson(bytes: Uint8Array): JsonDocument {
  const decoded = decodeText(bytes);
  if (decoded.kind === 'problem') return { text: '', value: undefined, problems: [decoded.problem] };
  const { text } = decoded;
  const checks = createChecks(text);
  const fault = scanJson(text, checks.listener);
  if (fault !== undefined) {
    const { code, message, start, end } = fault;
    return {
      text,
      value: undefined,
      problems: [
        ...checks.problems,
        { severity: 'error', code, message, place: { kind: 'range', start, end } },
      ],
    };
  }
  return { text, value: JSON.parse(text) as unknown, problems: checks.problems };
}

/** What `JSON.parse` would pass over in silence. */
function createChecks(text: string): {
  readonly listener: ScanListener;
  readonly problems: readonly Problem[];
} {
  const list = createProblemList();
  const open: (Set<string> | undefined)[] = [];
  const report = (code: Problem['code'], message: string, start: number, end: number): void => {
    list.error(code, message, { kind: 'range', start, end });
  };
  const wellFormed = (value: string, start: number, end: number): void => {
    if (!value.isWellFormed()) report('invalid-value', 'the text holds half of a surrogate pair', start, end);
  };
  return {
    problems: list.problems,
    listener: {
      enter: () => open.push(undefined),
      leave: () => open.pop(),
      key: (name, start, end) => {
        wellFormed(name, start, end);
        const names = open.at(-1) ?? new Set<string>();
        open[open.length - 1] = names;
        const before = names.size;
        if (names.add(name).size === before)
          report('duplicate-key', `the key '${short(name)}' stands twice in one object`, start, end);
      },
      string: (escaped, start, end) => {
        if (escaped !== undefined) wellFormed(escaped, start, end);
      },
      number: (start, end) => {
        // Fifteen digits and fewer are always exact.
        if (end - start < 16 && !/[eE]/.test(text.slice(start, end))) return;
        const value = Number(text.slice(start, end));
        if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
          report('unsafe-integer', `${text.slice(start, end)} is beyond 2^53-1`, start, end);
        }
      },
      literal: () => undefined,
    },
  };
}
