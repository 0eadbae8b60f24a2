// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** As if the machine had started again: the owners that the locks below a folder name live no more. */
export async function declareDead(dir: string): Promise<void> {
  for (const name of await readdir(dir, { recursive: true })) {
    const text = await readFile(join(dir, name), 'utf8').catch(() => '');
    if (text.startsWith('fairlead '))
      await writeFile(join(dir, name), text.replace(/(fairlead \S+) \S+/, '$1 an-earlier-boot'));
  }
}
