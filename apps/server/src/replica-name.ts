// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Names this server among those that write receipts. Kept in the data folder; with another folder it is simply another writer. */
export async function replicaName(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'replica');
  const known = await readFile(path, 'utf8').catch(() => '');
  if (/^[0-9a-f]{12}$/.test(known)) return known;
  const name = randomBytes(6).toString('hex');
  await writeFile(path, name, { mode: 0o600 });
  return name;
}
