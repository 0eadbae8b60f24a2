// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { Workplace } from './workplace.ts';

/** Drops what nobody can need any more: the committed state stays, and the one before it; then forgets how it came to this. */
export async function cleanUp({ journal, drivers, targets }: Workplace, signal: AbortSignal): Promise<void> {
  const { committed, previous, desired } = journal.book();
  const kept = [committed?.target, previous].filter(
    (digest): digest is Digest => digest !== null && digest !== undefined,
  );
  await drivers.clean(await Promise.all(kept.map((digest) => targets.load(digest))), signal);
  await targets.retain(new Set([...kept, ...(desired === null ? [] : [desired.target])]));
  await journal.write({ kind: 'cleaned' });
  await journal.compact();
}
