// SPDX-License-Identifier: Apache-2.0
import { digestHex, sha256 } from '@fairlead/base';
import { runOk } from '@fairlead/testing';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface BuiltImage {
  readonly bytes: Buffer;
  readonly size: number;
  readonly checksum: string;
}

/** A tar archive of these files, made in `dir`; `flags` go to tar. */
export async function buildImage(
  dir: string,
  files: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Promise<BuiltImage> {
  const [root, archive] = [join(dir, 'image'), join(dir, 'image.tar')];
  await mkdir(root, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
  await runOk('tar', ['-C', root, ...flags, '-cf', archive, ...Object.keys(files)]);
  await rm(root, { recursive: true });
  const bytes = await readFile(archive);
  return { bytes, size: bytes.length, checksum: digestHex(sha256(bytes)) };
}
