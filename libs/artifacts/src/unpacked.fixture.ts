// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '@fairlead/base';
import { tempDir } from '@fairlead/testing';
import type { ArtifactFailure } from './artifact-failure.ts';
import type { UnpackLimits } from './entry-writer.ts';
import { unpackArchive } from './unpack.ts';

const { signal } = new AbortController();

export interface Unpacked {
  readonly result: Result<void, ArtifactFailure>;
  readonly into: string;
  /** Everything in the folder around, to see that nothing got out. */
  readonly around: readonly string[];
}

/** Unpacks in a new folder, with nothing else around. */
export async function unpack(
  bytes: Buffer,
  format: 'tar' | 'zip',
  limits: UnpackLimits = { bytes: 1_000_000 },
): Promise<Unpacked> {
  const dir = await tempDir('unpack');
  const archive = join(dir, 'archive');
  writeFileSync(archive, bytes);
  mkdirSync(join(dir, 'out'));
  const into = join(dir, 'out', 'image');
  const result = await unpackArchive({ archive, format, into, limits }, signal);
  return {
    result,
    into,
    around: [...readdirSync(dir), ...readdirSync(join(dir, 'out')).map((name) => `out/${name}`)].sort(),
  };
}
