// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { Compiled } from '@fairlead/compiler';
import type { StatusBook } from '@fairlead/gateway';
import type { GroupOutcome } from '@fairlead/log';
import type { Receipt } from '@fairlead/trust/verify';

/** The newest that is known of what a device did: its last receipt, or its refusal of an offer. */
export interface LastWord {
  readonly revision: Digest;
  /** Null for a refusal: nothing was taken. */
  readonly target: Digest | null;
  readonly result: Receipt['result'];
  readonly code: string | null;
}

/** Where a device stands with a revision. */
type Standing =
  { readonly kind: 'applied' | 'unchanged' | 'pending' } | { readonly kind: 'failed'; readonly code: string };

/** What a device came to under `revision`, which wants `target` of it. */
function standingOf(last: LastWord | undefined, revision: Digest, target: Digest): Standing {
  if (last === undefined || (last.revision !== revision && last.target !== target))
    return { kind: 'pending' };
  if (last.result !== 'applied') return { kind: 'failed', code: last.code ?? last.result };
  if (last.target !== target) return { kind: 'pending' };
  return { kind: last.revision === revision ? 'applied' : 'unchanged' };
}

/** The fleet under one revision, group by group in byte order. */
export function fleetStanding(
  compiled: Compiled,
  lastWords: ReadonlyMap<string, LastWord>,
  book: StatusBook,
): readonly GroupOutcome[] {
  return [...compiled.groups].map(([group, ids]) => {
    const counts = { applied: 0, unchanged: 0, pending: 0 };
    const failed = new Map<string, string>();
    for (const id of ids) {
      const device = compiled.devices.get(id);
      if (device === undefined) continue;
      const standing = standingOf(lastWords.get(id), compiled.revision, device.target);
      if (standing.kind === 'failed') failed.set(device.name ?? id, standing.code);
      // A receipt of long ago lies in an older segment of the log; the device itself says what it holds.
      else if (standing.kind === 'pending' && book.device(id)?.state === 'unchanged') counts.unchanged += 1;
      else counts[standing.kind] += 1;
    }
    return { group, ...counts, failed };
  });
}
