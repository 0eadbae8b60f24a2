// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/base';

/** A change as someone would make it in an editor: one text of a file for another. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** What the example changes: a config that all three devices use, and an environment variable of a template that two use. */
export const touchesEveryDevice: readonly Edit[] = [
  { file: 'running/beacon.json', from: '\\"beatMs\\":5000', to: '\\"beatMs\\":1000' },
  { file: 'running/templates.json', from: 'REMARK=all quiet', to: 'REMARK=all is well' },
];

export async function edit(repo: string, edits: readonly Edit[]): Promise<void> {
  for (const { file, from, to } of edits) {
    const path = join(repo, file);
    const text = await readFile(path, 'utf8');
    if (!text.includes(from))
      throw new FairleadError({ code: 'internal', message: `${file} has no ${from}` });
    await writeFile(path, text.replaceAll(from, to));
  }
}
