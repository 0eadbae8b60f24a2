// SPDX-License-Identifier: Apache-2.0
import { codeInfo, compareBytes } from '@fairlead/base';
import type { Diagnostic, Problem } from './diagnostic.ts';
import { createPositions } from './json-positions.ts';

/** What came of reading one blob. It knows nothing of its path, so that equal blobs are read once. */
export interface ParsedFile<T> {
  /** Undefined where it lacks the form of `T`. With errors among `problems` it serves to look for more of them, and nothing else. */
  readonly value: T | undefined;
  readonly problems: readonly Problem[];
  /** Kept for positions. */
  readonly text: string;
}

/** Diagnostics of one file, in the order of the file. */
export function locate(file: string, text: string, problems: readonly Problem[]): readonly Diagnostic[] {
  if (problems.length === 0) return [];
  const positions = createPositions(text);
  return problems
    .map((problem): Diagnostic => ({
      file,
      ...positions(problem.place),
      severity: problem.severity,
      code: problem.code,
      message: problem.message,
      hint: problem.hint ?? codeInfo(problem.code).hint,
    }))
    .sort(compareDiagnostics);
}

/** By file, then place, then what is said: one order on every machine. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareBytes(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    compareBytes(a.code, b.code) ||
    compareBytes(a.message, b.message)
  );
}
