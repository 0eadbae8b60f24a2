// SPDX-License-Identifier: Apache-2.0
import { short } from './check-value.ts';
import type { Problem } from './diagnostic.ts';
import { scanJson, type ScanListener } from './json-scan.ts';
import { createProblemList } from './problem-list.ts';

/** A JSON text and what it says; `value` is undefined where it is no JSON. With problems it may be looked at, never used. */
export interface JsonDocument {
  readonly text: string;
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Bytes to a JSON value: UTF-8, syntax, nesting, keys that stand twice, numbers that would lose digits, lone surrogates. What is
 * returned without an error has one meaning on every machine and a canonical form.
 */
export function readJson(bytes: Uint8Array): JsonDocument {
  const text = decode(bytes);
  if (text === undefined)
    return { text: '', value: undefined, problems: [atStart('not-utf8', 'the file is not UTF-8 text')] };
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    return {
      text,
      value: undefined,
      problems: [atStart('lfs-pointer', 'the file is a Git LFS pointer, not its content')],
    };
  }
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

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function atStart(code: 'not-utf8' | 'lfs-pointer', message: string): Problem {
  return { severity: 'error', code, message, place: { kind: 'range', start: 0, end: 0 } };
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
