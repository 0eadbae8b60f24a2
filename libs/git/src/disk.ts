// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { link, mkdir, open, rename, unlink } from 'node:fs/promises';

/** Everything that writes into a repository, call by call, so that a test can cut the power between any two. Errors are Node's. */
export interface Disk {
  /** Makes a file that must not exist yet. */
  create(path: string, mode: number): Promise<DiskFile>;
  /** Gives a file a second name, which must not exist yet. */
  link(existing: string, path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** Makes names that were added to or removed from a folder survive a power cut. */
  syncFolder(path: string): Promise<void>;
}

export interface DiskFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Makes what was written survive a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export const realDisk: Disk = {
  async create(path, mode) {
    const handle = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, mode);
    return {
      write: async (bytes) => handle.writeFile(bytes),
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  link,
  rename,
  remove: unlink,
  makeFolder: async (path) => mkdir(path),
  async syncFolder(path) {
    const handle = await open(path, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
