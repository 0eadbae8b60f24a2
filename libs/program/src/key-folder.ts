// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Every file of a key folder, below `--keys`. */
export const keyFiles = [
  'root.pem',
  'targets.pem',
  'snapshot.pem',
  'timestamp.pem',
  'ca.pem',
  'ca.crt',
  'enrolment.key',
  'root.json',
  'server/key.pem',
  'server/cert.pem',
  'operator/key.pem',
  'operator/cert.pem',
  'operator/ca.crt',
] as const;

export type KeyFile = (typeof keyFiles)[number];

/**
 * Writes a new key folder: folders 0700, files 0600, each on disk before this returns. A folder that holds anything is refused with
 * `keys-exist`; nothing is ever overwritten.
 */
export async function writeKeyFolder(
  dir: string,
  files: Readonly<Record<KeyFile, string | Uint8Array>>,
): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  if ((await readdir(dir)).length > 0)
    throw new FairleadError({ code: 'keys-exist', message: `${dir} is not empty` });
  await assertPrivate(dir);
  for (const name of keyFiles) {
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeNew(path, files[name]);
  }
}

/** Reads some files of a key folder; refused where others may read them (`keys-too-open`) or one is missing (`keys-missing`). */
export async function readKeyFiles<Name extends string>(
  dir: string,
  names: readonly Name[],
): Promise<Readonly<Record<Name, Buffer>>> {
  await assertPrivate(dir);
  const contents = await Promise.all(
    names.map(async (name) => {
      const path = join(dir, name);
      await assertPrivate(path);
      return [name, await readFile(path)] as const;
    }),
  );
  return Object.fromEntries(contents) as Record<Name, Buffer>;
}

/** Names of the files in a key folder, those of its sub-folders left out; in byte order. */
export async function listKeyFiles(dir: string): Promise<readonly string[]> {
  await assertPrivate(dir);
  const entries = await readdir(dir, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
}

/** Adds files to a key folder, 0600 and on disk before this returns; one that exists is refused with `keys-exist`. */
export async function addKeyFiles(
  dir: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  await assertPrivate(dir);
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    try {
      await writeNew(path, content);
    } catch (cause) {
      if (errnoOf(cause) !== 'EEXIST') throw FairleadError.from(cause, 'storage-failed');
      throw new FairleadError({ code: 'keys-exist', message: `${path} exists already`, cause });
    }
  }
}

async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function assertPrivate(path: string): Promise<void> {
  const mode = await modeOf(path);
  if ((mode & 0o077) === 0) return;
  throw new FairleadError({
    code: 'keys-too-open',
    message: `${path} has mode ${(mode & 0o777).toString(8)}`,
  });
}

async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode;
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT')
      throw new FairleadError({ code: 'keys-missing', message: `there is no ${path}`, cause });
    throw new FairleadError({ code: 'keys-missing', message: `cannot read ${path}`, cause });
  }
}
