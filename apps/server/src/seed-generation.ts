// SPDX-License-Identifier: Apache-2.0
import type { Repository } from '@fairlead/git';
import type { LogState } from '@fairlead/log';

/** Larger ones are none: an offset is one number. In bytes. */
const maxHistoryBytes = 2 ** 20;

/**
 * Takes the generation number of the newest revision from its record, so that a start need not read the history before it: the counter
 * that we signed is that number plus the offset in the commit's own tree. Where the offset cannot be read, the history is.
 */
export async function seedGeneration(
  { objects, ancestry }: Pick<Repository, 'objects' | 'ancestry'>,
  { revision, counter }: Pick<LogState, 'revision' | 'counter'>,
): Promise<void> {
  if (revision === null) return;
  const offset = await offsetOf(objects, revision.commit);
  if (offset === undefined || counter <= offset) return;
  ancestry.seed(revision.commit, counter - offset);
}

async function offsetOf(objects: Repository['objects'], commit: string): Promise<number | undefined> {
  const read = await objects.commit(commit);
  const top = read.ok ? await objects.tree(read.value.tree) : read;
  if (!top.ok) return undefined;
  const folder = top.value.find(({ name }) => name === 'trust');
  if (folder === undefined) return 0;
  const trust = await objects.tree(folder.oid);
  if (!trust.ok) return undefined;
  const file = trust.value.find(({ name }) => name === 'history.json');
  if (file === undefined) return 0;
  const blob = await objects.blob(file.oid, maxHistoryBytes);
  if (!blob.ok) return undefined;
  try {
    const { offset = 0 } = JSON.parse(Buffer.from(blob.value).toString('utf8')) as { offset?: unknown };
    return typeof offset === 'number' && Number.isSafeInteger(offset) ? offset : undefined;
  } catch {
    return undefined;
  }
}
