// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Names this server among those that write receipts. Kept in the data folder; with another folder it is simply another writer.
 * Throws `misuse` where that folder cannot be made or written.
 */
export async function replicaName(dataDir: string): Promise<string> {
  const path = join(dataDir, 'replica');
  const known = await readFile(path, 'utf8').catch(() => '');
  if (/^[0-9a-f]{12}$/.test(known)) return known;
  const name = randomBytes(6).toString('hex');
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(path, name, { mode: 0o600 });
  } catch (cause) {
    throw new FairleadError({
      code: 'misuse',
      message: `--data: cannot write in ${dataDir}: ${errnoOf(cause) ?? 'unknown reason'}`,
      hint: 'Give a folder that the server may make and write in.',
      cause,
    });
  }
  return name;
}
