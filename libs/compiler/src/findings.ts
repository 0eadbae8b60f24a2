// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import { at, atKey, locate, type Diagnostic, type Problem, type Severity } from '@fairlead/spec';

/** A part of a file: where something was found, and what rules about it point to. */
export interface Source {
  readonly file: string;
  /** JSON pointer. */
  readonly pointer: string;
}

export interface Finding {
  readonly code: Code;
  readonly message: string;
  readonly hint?: string;
  /** Absent: an error. */
  readonly severity?: Severity;
  /** Where it points to the key instead of the value. */
  readonly key?: boolean;
  /** The other place of two; its line is added to the message. */
  readonly other?: Source;
}

/** Collects what rules find, each thing once however often it is met. */
export interface Findings {
  /** `path` goes on from the pointer of `source`. */
  add(source: Source, path: string, finding: Finding): void;
  addProblems(file: string, problems: readonly Problem[]): void;
  /** With lines and columns, file by file. */
  locate(textOf: (file: string) => string): readonly Diagnostic[];
}

interface Placed {
  readonly problem: Problem;
  readonly other?: Source;
}

export function createFindings(): Findings {
  const byFile = new Map<string, Map<string, Placed>>();
  const put = (file: string, placed: Placed): void => {
    const known = byFile.get(file) ?? new Map<string, Placed>();
    byFile.set(file, known);
    const { place, code, message } = placed.problem;
    const key = JSON.stringify([place, code, message]);
    if (!known.has(key)) known.set(key, placed);
  };
  return {
    add(source, path, { code, message, hint, severity = 'error', key = false, other }) {
      const pointer = source.pointer + path;
      const problem = {
        severity,
        code,
        message,
        place: key ? atKey(pointer) : at(pointer),
        ...(hint === undefined ? {} : { hint }),
      };
      put(source.file, { problem, ...(other === undefined ? {} : { other }) });
    },
    addProblems(file, problems) {
      for (const problem of problems) put(file, { problem });
    },
    locate(textOf) {
      return [...byFile].flatMap(([file, placed]) =>
        locate(
          file,
          textOf(file),
          [...placed.values()].map((one) => withOther(one, textOf)),
        ),
      );
    },
  };
}

function withOther({ problem, other }: Placed, textOf: (file: string) => string): Problem {
  if (other === undefined) return problem;
  const there = locate(other.file, textOf(other.file), [{ ...problem, place: at(other.pointer) }])[0];
  if (there === undefined) return problem;
  return {
    ...problem,
    message: `${problem.message} (the other: ${there.file}:${String(there.line)}:${String(there.column)})`,
  };
}
