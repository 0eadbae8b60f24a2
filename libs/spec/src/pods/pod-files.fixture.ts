// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path';
import { flattenPod, type SpecFiles } from './flatten-pod.ts';
import { parsePod, type ParsedPod, type PodOptions } from './parse-pod.ts';

/** The first line of a specification of ours. */
export const schemaLine = '$schema: https://fairlead.dev/schemas/pod/v1.json\n';

/** Files in memory, by path; what is no text is written as JSON. */
export function folder(files: Readonly<Record<string, unknown>>): SpecFiles {
  return {
    resolve: (file, reference) => {
      const path = posix.join(posix.dirname(file), reference);
      return path.startsWith('..') ? undefined : path;
    },
    read: async (path) =>
      Object.hasOwn(files, path)
        ? Buffer.from(typeof files[path] === 'string' ? files[path] : JSON.stringify(files[path]))
        : undefined,
  };
}

/** The meaning of `main.yaml`, or of another of these files. */
export async function readPodFiles(
  files: Readonly<Record<string, unknown>>,
  options?: PodOptions,
  path = 'main.yaml',
): Promise<ParsedPod> {
  return parsePod(await flattenPod(path, folder(files)), options);
}
