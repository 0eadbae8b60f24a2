// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type Code } from '@fairlead/base';

/** Where in the log something was found; each as far as it is known. */
export interface Place {
  /** Full name of the reference. */
  readonly ref?: string;
  /** Commit of the fleet log. */
  readonly logCommit?: string;
  /** File in that commit. */
  readonly file?: string;
  /** Line of that file, from 1. */
  readonly line?: number;
  /** Commit of the fleet repository. */
  readonly commit?: string;
  readonly device?: string;
  /** Of the chain of receipts. */
  readonly instance?: string;
  readonly seq?: number;
}

export interface Finding {
  /** `warning`: worth knowing, and explained by things that go wrong without anybody's will. */
  readonly severity: 'error' | 'warning';
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
  readonly place: Place;
}

/** Most findings that are kept: a log that is wrong throughout is told from these. */
const mostFindings = 10_000;

/** Collects what is wrong. Nothing stops an audit: one finding must not hide the next. */
export interface Findings {
  error(code: Code, message: string, place: Place): void;
  warning(code: Code, message: string, place: Place): void;
  /** In the order in which they were found. */
  readonly list: readonly Finding[];
  /** Found, but not kept: there were too many. */
  dropped(): number;
}

export function createFindings(): Findings {
  const list: Finding[] = [];
  /** What is met twice on different ways is told once. */
  const known = new Set<string>();
  let dropped = 0;
  const add = (severity: Finding['severity'], code: Code, message: string, place: Place): void => {
    const name = JSON.stringify([code, message, place]);
    if (known.has(name)) return;
    known.add(name);
    if (list.length < mostFindings) list.push({ severity, code, message, hint: codeInfo(code).hint, place });
    else dropped += 1;
  };
  return {
    error: (code, message, place) => {
      add('error', code, message, place);
    },
    warning: (code, message, place) => {
      add('warning', code, message, place);
    },
    list,
    dropped: () => dropped,
  };
}
