// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import {
  at,
  atKey,
  diagnosticOf,
  findPlaces,
  isFaulty,
  join,
  nearest,
  type Diagnostic,
  type ParsedFile,
  type Place,
  type Problem,
  type Severity,
} from '@fairlead/spec';

/** A part of a file: where something was found, and what rules about it point to. */
export interface Source {
  readonly file: string;
  /** JSON pointer. */
  readonly pointer: string;
}

/** What lies in a source under these keys. */
export function inside({ file, pointer }: Source, ...keys: readonly (string | number)[]): Source {
  return { file, pointer: join(pointer, ...keys) };
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
  /** Places whose absence it complains of: where one of them is faulty, that has been said already. */
  readonly lacks?: readonly Source[];
  /** What was written, and what could have been meant; the nearest becomes the hint. */
  readonly suggest?: { readonly written: string; readonly among: () => Iterable<string> };
}

/** Collects what is wrong with the files of a commit, each thing once however often it is met. */
export interface Findings {
  /** Takes what the parser said of a file. Of what is faulty there, nothing more is taken. */
  addFile(file: string, parsed: Pick<ParsedFile<unknown>, 'problems' | 'faulty'>): void;
  /** `path` goes on from the pointer of `source`. */
  add(source: Source, path: string, finding: Finding): void;
  /** Takes those of another collection, each as `change` has it. */
  addAll(other: Findings, change?: (problem: Problem) => Problem): void;
  readonly all: Iterable<Found>;
  readonly hasErrors: boolean;
  /** With lines and columns, file by file. */
  locate(textOf: (file: string) => string): readonly Diagnostic[];
}

interface Found {
  readonly file: string;
  readonly problem: Problem;
  readonly other?: Source;
  /** Looks for a hint: costs a comparison with every name, so it is asked only for what is shown. */
  readonly suggest?: () => string | undefined;
}

/** Most findings of one severity in one file. */
const mostFindings = 1_000;
/** Where all names are wrong, these are enough. */
const mostSuggestions = 100;

export function createFindings(): Findings {
  const found = new Map<string, Found>();
  const faulty = new Map<string, ReadonlySet<string>>();
  const counts = new Map<string, number>();
  let hasErrors = false;

  const put = (one: Found): void => {
    const { file, problem } = one;
    const kind = `${problem.severity} ${file}`;
    const count = counts.get(kind) ?? 0;
    if (count >= mostFindings) return;
    const key = JSON.stringify([file, problem.place, problem.code, problem.message]);
    if (found.has(key)) return;
    found.set(key, one);
    counts.set(kind, count + 1);
    hasErrors ||= problem.severity === 'error';
  };
  const isSaid = ({ file, pointer }: Source): boolean => isFaulty(faulty.get(file) ?? none, pointer);

  return {
    get all() {
      return found.values();
    },
    get hasErrors() {
      return hasErrors;
    },
    addFile(file, parsed) {
      faulty.set(file, parsed.faulty);
      for (const problem of parsed.problems) put({ file, problem });
    },
    add(
      { file, pointer: begin },
      path,
      { code, message, hint, severity = 'error', key, other, lacks, suggest },
    ) {
      const pointer = begin + path;
      if ([{ file, pointer }, ...(lacks ?? [])].some(isSaid)) return;
      const place = key === true ? atKey(pointer) : at(pointer);
      put({
        file,
        problem: { severity, code, message, place, ...(hint === undefined ? {} : { hint }) },
        ...(other === undefined ? {} : { other }),
        ...(suggest === undefined ? {} : { suggest: () => nearest(suggest.written, suggest.among()) }),
      });
    },
    addAll(other, change) {
      for (const one of other.all) put(change === undefined ? one : { ...one, problem: change(one.problem) });
    },
    locate: (textOf) => locateAll([...found.values()], textOf),
  };
}

/** What is no reason to refuse. */
export function asWarning(problem: Problem): Problem {
  return problem.severity === 'error' ? { ...problem, severity: 'warning' } : problem;
}

const none: ReadonlySet<string> = new Set();

/** Each file is searched once, for all its places. */
function locateAll(found: readonly Found[], textOf: (file: string) => string): readonly Diagnostic[] {
  const sought = new Map<string, Place[]>();
  const seek = (file: string, place: Place): void => {
    const places = sought.get(file) ?? [];
    sought.set(file, places);
    places.push(place);
  };
  for (const { file, problem, other } of found) {
    seek(file, problem.place);
    if (other !== undefined) seek(other.file, at(other.pointer));
  }
  const spans = new Map(
    [...sought].map(([file, places]) => [file, findPlaces({ file, text: textOf(file) }, places)] as const),
  );
  let suggestions = 0;
  return found.map(({ file, problem, other, suggest }) => {
    const near = suggest === undefined || (suggestions += 1) > mostSuggestions ? undefined : suggest();
    const hinted = near === undefined ? problem : { ...problem, hint: `Did you mean '${near}'?` };
    const span = spans.get(file)?.(problem.place) ?? nowhere;
    if (other === undefined) return diagnosticOf(file, hinted, span);
    const { line, column } = spans.get(other.file)?.(at(other.pointer)) ?? nowhere;
    const message = `${problem.message} (the other: ${other.file}:${String(line)}:${String(column)})`;
    return diagnosticOf(file, { ...hinted, message }, span);
  });
}

const nowhere = { line: 1, column: 1, endLine: 1, endColumn: 1 } as const;
