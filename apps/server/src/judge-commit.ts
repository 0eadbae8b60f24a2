// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type Code, type Digest } from '@fairlead/base';
import type { Compiled, CompileResult, Refused } from '@fairlead/compiler';
import { maxDiagnostics, type LogRecord } from '@fairlead/log';
import { problemOf, type ServerProblem } from './problems.ts';
import type { KnownRoot } from './root-book.ts';

/** What becomes of a compiled commit. */
export type CommitVerdict =
  | { readonly kind: 'sign'; readonly compiled: Compiled }
  | { readonly kind: 'refuse'; readonly refusal: CommitRefusal }
  /** Not the fleet that our keys sign for: its log is not ours to write. */
  | { readonly kind: 'stranger'; readonly problem: ServerProblem };

export type CommitRefusal = Pick<LogRecord & { kind: 'refused' }, 'code' | 'diagnostics'>;

/** What stands recorded when a commit is judged. */
export interface Recorded {
  /** Null: nothing does. */
  readonly head: string | null;
  readonly counter: number;
  /** In effect, from version 1 on. */
  readonly roots: readonly Pick<KnownRoot, 'version' | 'bytes'>[];
}

/** `fleet`: the one that the keys sign for. */
export function judgeCommit(result: CompileResult, state: Recorded, fleet: Digest): CommitVerdict {
  if (result.kind === 'refused') return { kind: 'refuse', refusal: ofDiagnostics(result) };
  const { manifest } = result;
  if (manifest.fleet !== fleet) {
    const message = 'trust/root/1.json is not the root of the key folder of this server';
    return state.head === null
      ? { kind: 'stranger', problem: problemOf('fleet-changed', message) }
      : { kind: 'refuse', refusal: refusalFor('fleet-changed', message) };
  }
  const dropped = state.roots.find(
    ({ bytes }, index) => Buffer.compare(bytes, result.roots[index] ?? nothing) !== 0,
  );
  if (dropped !== undefined) {
    const message = `trust/root/${dropped.version}.json is not the root that was recorded, or is gone`;
    return { kind: 'refuse', refusal: refusalFor('root-dropped', message) };
  }
  if (manifest.counter <= state.counter) {
    const message = `its counter ${manifest.counter} is not above ${state.counter}, the last recorded one`;
    return { kind: 'refuse', refusal: refusalFor('counter-not-rising', message) };
  }
  return { kind: 'sign', compiled: result };
}

const nothing = new Uint8Array();

export function refusalFor(code: Code, message: string): CommitRefusal {
  return { code, diagnostics: [{ code, message, hint: codeInfo(code).hint }] };
}

function ofDiagnostics({ diagnostics }: Refused): CommitRefusal {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const code = errors.some((error) => error.code === 'edition-unknown') ? 'edition-unknown' : 'invalid-input';
  return {
    code,
    diagnostics: errors.slice(0, maxDiagnostics).map(({ code: own, message, hint, file, line, column }) => ({
      code: own,
      message,
      hint,
      file,
      line,
      column,
    })),
  };
}
