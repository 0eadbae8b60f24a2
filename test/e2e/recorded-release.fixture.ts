// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

const folder = join(import.meta.dirname, 'releases');

/** Names of the releases whose programs were recorded. */
export const recordedReleases: readonly string[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

export interface RecordedRelease {
  /** The programs' files, as an earlier version of this project bundled them. */
  readonly agent: string;
  readonly server: string;
  remove(): Promise<void>;
}

export async function unpackRelease(name: string): Promise<RecordedRelease> {
  const dir = await mkdtemp(join(tmpdir(), 'fairlead-release-'));
  const unpack = async (file: string): Promise<string> => {
    const to = join(dir, file);
    await writeFile(to, brotliDecompressSync(await readFile(join(folder, name, `${file}.br`))));
    return to;
  };
  return {
    agent: await unpack('fairlead-agent.cjs'),
    server: await unpack('fairlead-server.cjs'),
    remove: () => rm(dir, { recursive: true }),
  };
}
