// SPDX-License-Identifier: Apache-2.0
import type { RefUpdate } from '../ref-writer.ts';

/** A way to a remote repository. Failures are thrown with the codes of a remote. */
export interface Transport {
  /** Asks for references only: full name → object, of those that begin with one of the prefixes (more may be told). */
  list(prefixes: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** Brings what these references mean into the mirror's objects; `haves` is there already, whole. No reference is moved. */
  fetch(refs: ReadonlyMap<string, string>, haves: readonly string[], signal: AbortSignal): Promise<void>;
  /** Moves a reference there, if it is what is expected under its lock. `objects`: what the remote lacks. */
  push(update: RefUpdate, objects: readonly string[], signal: AbortSignal): Promise<PushAnswer>;
}

/** `refused` may mean a lost race or a lack of right: what the reference is by now tells. */
export type PushAnswer =
  | { readonly kind: 'done' }
  /** What the remote gave as the reason, for people. */
  | { readonly kind: 'refused'; readonly why: string };
