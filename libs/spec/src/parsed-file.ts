// SPDX-License-Identifier: Apache-2.0
import { codeInfo, compareBytes } from '@fairlead/base';
import { parentOf, type Diagnostic, type Problem } from './diagnostic.ts';
import { findPlaces, type Span } from './find-places.ts';

/** What came of reading one blob. It knows nothing of its path, so that equal blobs are read once. */
export interface ParsedFile<T> {
  /**
   * With errors among `problems` it serves to look for more of them, and nothing else: what lacks the form of `T` is left out, an item
   * of a list as a hole, so that the others keep their places, and keys of the file itself may be missing. Undefined where nothing is left.
   */
  readonly value: T | undefined;
  readonly problems: readonly Problem[];
  /** Pointers of what the problems speak of: nothing more is to be said there, and nothing follows from its absence. */
  readonly faulty: ReadonlySet<string>;
  /** Kept for positions. */
  readonly text: string;
}

/** True where `pointer`, or what it lies in, is among the faulty. */
export function isFaulty(faulty: ReadonlySet<string>, pointer: string): boolean {
  if (faulty.size === 0) return false;
  for (let path = pointer; path !== ''; path = parentOf(path)) if (faulty.has(path)) return true;
  return faulty.has('');
}

/** Diagnostics of one file, in the order of the file. */
export function locate(file: string, text: string, problems: readonly Problem[]): readonly Diagnostic[] {
  if (problems.length === 0) return [];
  const spanOf = findPlaces(
    { file, text },
    problems.map(({ place }) => place),
  );
  return problems
    .map((problem) => diagnosticOf(file, problem, spanOf(problem.place)))
    .sort(compareDiagnostics);
}

export function diagnosticOf(file: string, problem: Problem, span: Span): Diagnostic {
  const { severity, code, message, hint = codeInfo(code).hint } = problem;
  return { file, ...span, severity, code, message, hint };
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
