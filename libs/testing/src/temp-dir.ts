// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new folder that goes away when the running test ends, whatever its outcome. */
export async function tempDir(name = 'test'): Promise<string> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), `fairlead-${name}-`)));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}
