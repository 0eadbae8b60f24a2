// SPDX-License-Identifier: Apache-2.0
import { build } from 'esbuild';

/** A program with all that it imports, as one file for Node. */
export async function bundleProgram(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    conditions: ['@fairlead/source'],
    logLevel: 'warning',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${entry} was bundled to nothing`);
  return file.contents;
}
