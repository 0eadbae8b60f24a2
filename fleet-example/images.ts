// SPDX-License-Identifier: Apache-2.0
import { digestHex, sha256 } from '@fairlead/base';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { tar, type TarEntry } from './tar.ts';

/** A file that running configs of the example name by URL. */
export interface BuiltFile {
  /** Last part of its URL. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
  /** SHA-256: 64 hexadecimal digits. */
  readonly checksum: string;
}

/** The example itself, as it is in the repository. */
export const exampleDir = import.meta.dirname;

/**
 * Makes one archive of each folder of `programs/` and a copy of each of `files/` in `outDir`, which exists. The same sources give the
 * same bytes on every machine.
 */
export async function buildImages(outDir: string, source = exampleDir): Promise<readonly BuiltFile[]> {
  const built: BuiltFile[] = [];
  const put = async (name: string, bytes: Uint8Array): Promise<void> => {
    const path = join(outDir, name);
    await writeFile(path, bytes);
    built.push({ name, path, size: bytes.byteLength, checksum: digestHex(sha256(bytes)) });
  };
  for (const name of (await readdir(join(source, 'programs'))).sort()) {
    await put(`${name}.tar`, tar(await entriesOf(join(source, 'programs', name))));
  }
  for (const name of (await readdir(join(source, 'files'))).sort()) {
    await put(name, await readFile(join(source, 'files', name)));
  }
  return built;
}

/** Scripts are executable by their name, whatever mode a clone gave them. */
async function entriesOf(dir: string): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [];
  for (const found of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!found.isFile()) continue;
    const path = join(found.parentPath, found.name);
    entries.push({
      path: relative(dir, path),
      content: await readFile(path),
      executable: found.name.endsWith('.sh'),
    });
  }
  return entries;
}
