// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { parseHistoryFile, type HistoryFile } from '@fairlead/spec';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const historyPath = 'trust/history.json';

/** What a history says of those that it replaced. */
export async function readHistory(repo: string): Promise<HistoryFile> {
  const path = join(repo, historyPath);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return { offset: 0 };
    throw FairleadError.from(thrown, 'storage-failed');
  }
  const { value, problems } = parseHistoryFile(bytes);
  const [wrong] = problems.filter(({ severity }) => severity === 'error');
  if (value !== undefined && wrong === undefined) return value;
  throw new FairleadError({ code: 'invalid-input', message: `${path}: ${wrong?.message ?? 'not JSON'}` });
}

export interface Rewrite {
  /** The last recorded head. */
  readonly replaced: string;
  /** The last recorded counter. */
  readonly above: number;
  /** Generation number of the commit that will hold the file. */
  readonly generation: number;
}

/** Largest offset that the file may state. */
const largestOffset = 2 ** 31 - 1;

/** Names the replaced head, and lifts the offset as far as the counter needs it, never lower. */
export function acceptRewrite(history: HistoryFile, { replaced, above, generation }: Rewrite): HistoryFile {
  const offset = Math.max(history.offset, above + 1 - generation);
  if (offset > largestOffset) {
    throw new FairleadError({
      code: 'counter-not-rising',
      message: `the recorded counter, ${String(above)}, is out of reach for an offset`,
      hint: 'Put the commits of this history on top of the recorded one instead.',
    });
  }
  const before = history.replaced ?? [];
  return { ...history, offset, replaced: before.includes(replaced) ? before : [...before, replaced] };
}
