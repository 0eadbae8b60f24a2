// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { editJson, parseHistoryFile, type HistoryFile, type JsonEdit } from '@fairlead/spec';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const historyPath = 'trust/history.json';

/** `trust/history.json` of a work tree: what a history says of those that it replaced. */
export interface WrittenHistory {
  readonly value: HistoryFile;
  /** Undefined: there is no file. */
  readonly text: string | undefined;
}

export async function readHistory(repo: string): Promise<WrittenHistory> {
  const path = join(repo, historyPath);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return { value: { offset: 0 }, text: undefined };
    throw FairleadError.from(thrown, 'storage-failed');
  }
  const { value, problems, text } = parseHistoryFile(bytes);
  const [wrong] = problems.filter(({ severity }) => severity === 'error');
  if (value !== undefined && wrong === undefined) return { value, text };
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

/** The file with the replaced head named, and the offset lifted as far as the counter needs it, never lower. */
export function acceptRewrite(
  { value, text }: WrittenHistory,
  { replaced, above, generation }: Rewrite,
): { readonly offset: number; readonly text: string } {
  const offset = Math.max(value.offset, above + 1 - generation);
  if (offset > largestOffset) {
    throw new FairleadError({
      code: 'counter-not-rising',
      message: `the recorded counter, ${String(above)}, is out of reach for an offset`,
      hint: 'Put the commits of this history on top of the recorded one instead.',
    });
  }
  if (text === undefined)
    return { offset, text: `${JSON.stringify({ offset, replaced: [replaced] }, null, 2)}\n` };
  const name: JsonEdit =
    value.replaced === undefined
      ? { kind: 'set', pointer: '/replaced', value: [replaced] }
      : { kind: 'set', pointer: '/replaced/-', value: replaced };
  const edits: readonly JsonEdit[] = [
    { kind: 'set', pointer: '/offset', value: offset },
    ...(value.replaced?.includes(replaced) === true ? [] : [name]),
  ];
  return { offset, text: edits.reduce(apply, text) };
}

/** What a person wrote stays as it is beside what the edit changes. */
function apply(text: string, edit: JsonEdit): string {
  const edited = editJson(text, edit);
  if (edited.ok) return edited.value;
  throw new FairleadError({ code: 'invalid-input', message: `${historyPath}: ${edited.error}` });
}
