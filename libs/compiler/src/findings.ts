// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import {
  at,
  atKey,
  createPositions,
  locate,
  nearest,
  type Diagnostic,
  type Problem,
  type Severity,
} from '@fairlead/spec';

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
  /** What was written, and what could have been meant; the nearest becomes the hint. */
  readonly suggest?: { readonly written: string; readonly among: Iterable<string> };
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

/** Each suggestion costs a comparison with every name; where all names are wrong, these are enough. */
const mostSuggestions = 100;

export function createFindings(): Findings {
  const byFile = new Map<string, Map<string, Placed>>();
  let suggestions = 0;
  const put = (file: string, problem: Problem, finish: () => Placed): void => {
    const known = byFile.get(file) ?? new Map<string, Placed>();
    byFile.set(file, known);
    const key = JSON.stringify([problem.place, problem.code, problem.message]);
    if (!known.has(key)) known.set(key, finish());
  };
  const hintOf = ({ hint, suggest }: Finding): string | undefined => {
    if (hint !== undefined || suggest === undefined || suggestions >= mostSuggestions) return hint;
    suggestions += 1;
    const near = nearest(suggest.written, suggest.among);
    return near === undefined ? undefined : `Did you mean '${near}'?`;
  };
  return {
    add(source, path, finding) {
      const { code, message, severity = 'error', key = false, other } = finding;
      const pointer = source.pointer + path;
      const problem = { severity, code, message, place: key ? atKey(pointer) : at(pointer) };
      put(source.file, problem, () => {
        const hint = hintOf(finding);
        return {
          problem: hint === undefined ? problem : { ...problem, hint },
          ...(other === undefined ? {} : { other }),
        };
      });
    },
    addProblems(file, problems) {
      for (const problem of problems) put(file, problem, () => ({ problem }));
    },
    locate(textOf) {
      const lineOf = createLineFinder(textOf);
      return [...byFile].flatMap(([file, placed]) => {
        const problems = [...placed.values()].map((one) => withOther(one, lineOf));
        return locate(file, textOf(file), problems);
      });
    },
  };
}

/** `file:line:column` of a source; each file is indexed once, when it is first asked for. */
function createLineFinder(textOf: (file: string) => string): (source: Source) => string {
  const indexes = new Map<string, ReturnType<typeof createPositions>>();
  return ({ file, pointer }) => {
    const index = indexes.get(file) ?? createPositions(textOf(file));
    indexes.set(file, index);
    const { line, column } = index(at(pointer));
    return `${file}:${String(line)}:${String(column)}`;
  };
}

function withOther({ problem, other }: Placed, lineOf: (source: Source) => string): Problem {
  if (other === undefined) return problem;
  return { ...problem, message: `${problem.message} (the other: ${lineOf(other)})` };
}
