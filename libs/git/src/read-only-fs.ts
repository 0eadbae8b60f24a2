// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { lstat, readFile, readdir, readlink, stat } from 'node:fs/promises';
import type { PromiseFsClient } from 'isomorphic-git';

const refuse = async (): Promise<never> => {
  throw new FairleadError({
    code: 'internal',
    message: 'isomorphic-git only reads here: it writes in place, which no power cut forgives',
  });
};

/** The file system that isomorphic-git sees. */
export const readOnlyFs: PromiseFsClient = {
  promises: {
    readFile,
    readdir,
    stat,
    lstat,
    readlink,
    writeFile: refuse,
    mkdir: refuse,
    rmdir: refuse,
    unlink: refuse,
    symlink: refuse,
  },
};
