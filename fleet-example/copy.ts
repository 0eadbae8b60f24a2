// SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exampleDir, type BuiltFile } from './images.ts';

/** Where the committed running configs say that the images are. */
export const placeholderHost = 'http://127.0.0.1:8480';

export interface CopyOptions {
  /** Folder to write to; made where it is missing. */
  readonly to: string;
  /** URL under which the images are served, without a slash at its end. */
  readonly imageHost: string;
}

/** Writes the fleet's files (not its programs) to a folder, with the URLs of the images at `imageHost`. */
export async function copyFleet({ to, imageHost }: CopyOptions): Promise<void> {
  await mkdir(join(to, 'running'), { recursive: true });
  for (const name of ['fleet.json', 'devices.json']) await cp(join(exampleDir, name), join(to, name));
  await eachRunningConfig(exampleDir, async (name, text) => {
    await writeFile(join(to, 'running', name), text.replaceAll(`${placeholderHost}/`, `${imageHost}/`));
  });
}

/** Writes sizes and checksums of built files into the running configs below `dir`: for whoever changes a program. */
export async function pinImages(dir: string, built: readonly BuiltFile[]): Promise<void> {
  await eachRunningConfig(dir, async (name, text) => {
    const pinned = built.reduce((pinning, file) => pinning.replace(pinsOf(file), pinsWith(file)), text);
    await writeFile(join(dir, 'running', name), pinned);
  });
}

/** From the URL of a file to the end of its pins; entries keep url, size and checksum in the example's form. */
function pinsOf({ name }: BuiltFile): RegExp {
  const escaped = name.replaceAll('.', '\\.');
  return new RegExp(`("url": "[^"]*/${escaped}",[^}]*?"size": )\\d+([^}]*?"value": ")[0-9a-f]*(")`, 'g');
}

function pinsWith({ size, checksum }: BuiltFile): string {
  return `$1${String(size)}$2${checksum}$3`;
}

async function eachRunningConfig(
  dir: string,
  visit: (name: string, text: string) => Promise<void>,
): Promise<void> {
  for (const name of (await readdir(join(dir, 'running'))).sort())
    await visit(name, await readFile(join(dir, 'running', name), 'utf8'));
}
