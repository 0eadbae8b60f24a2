// SPDX-License-Identifier: Apache-2.0
import type { SpecFiles } from '@fairlead/spec';
import { FairleadError } from '@fairlead/base';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';

/** Most bytes of one file. */
export const mostBytes = 2 ** 20;

/** Specifications as files of this machine, in no repository: paths are relative to the file that names them, or absolute. */
export const specFolder = {
  resolve: (file, reference) => shortPath(resolve(dirname(file), reference)),
  async read(path) {
    let handle;
    try {
      // A named pipe that nobody writes to would hold this process for ever.
      handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      if (!(await handle.stat()).isFile()) return undefined;
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(mostBytes + 1), 0, mostBytes + 1, 0);
      if (bytesRead > mostBytes)
        throw new FairleadError({ code: 'file-too-large', message: `${path} is over 1 MiB` });
      return buffer.subarray(0, bytesRead);
    } catch (thrown) {
      if (thrown instanceof FairleadError) throw thrown;
      return undefined;
    } finally {
      await handle?.close();
    }
  },
} satisfies SpecFiles;

/** A path as `top` would write it, given as `holder` writes it. */
export function asSeenFrom(top: string): (path: string, holder: string) => string {
  return (path, holder) => {
    if (isAbsolute(path) || dirname(holder) === dirname(top)) return path;
    return relative(resolve(dirname(top)), resolve(dirname(holder), path));
  };
}

/** As a person would write it: relative where it lies in the current folder. */
function shortPath(path: string): string {
  const short = relative('.', path);
  return short.startsWith('..') ? path : short;
}
