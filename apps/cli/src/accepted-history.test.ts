// SPDX-License-Identifier: Apache-2.0
import { tempDir } from '@fairlead/testing';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acceptRewrite, historyPath, readHistory } from './accepted-history.ts';

const [first, second] = ['a'.repeat(40), 'b'.repeat(40)];

async function historyOf(text: string) {
  const repo = await tempDir('history');
  await mkdir(join(repo, 'trust'));
  await writeFile(join(repo, historyPath), text);
  return readHistory(repo);
}

describe('when a rewrite is accepted', () => {
  const rewrite = { replaced: second, above: 20, generation: 3 };

  it('begins a file where there is none', async () => {
    const { offset, text } = acceptRewrite(await readHistory(await tempDir('none')), rewrite);
    expect(offset).toBe(18);
    expect(JSON.parse(text)).toEqual({ offset: 18, replaced: [second] });
  });

  it.each([
    [
      `{\n    "x-why": "a secret was in it",\n    "replaced": [ "${first}" ], "offset": 5\n}`,
      `{\n    "x-why": "a secret was in it",\n    "replaced": [ "${first}", "${second}" ], "offset": 18\n}`,
    ],
    [`{ "offset": 30 }`, `{ "offset": 30, "replaced": ["${second}"] }`],
    [`{"replaced":["${second}"],"offset":5}`, `{"replaced":["${second}"],"offset":18}`],
  ])('leaves what people wrote as it stands: %s', async (before, after) => {
    expect(acceptRewrite(await historyOf(before), rewrite).text).toBe(after);
  });
});
