// SPDX-License-Identifier: Apache-2.0
import { truncate } from 'node:fs/promises';
import { realDisk, type Disk, type DiskFile } from './disk.ts';

/** What every call answers once the power is off. Not a disk's error: nobody is there to handle it. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

export interface FaultDisk extends Disk {
  /** Calls made so far. */
  calls(): number;
  /** True once the power is off. */
  isOff(): boolean;
}

export interface FaultOptions {
  /** Number of the call that is not made any more, from 1; what follows it is not made either. */
  readonly cutAt: number;
  /** `kill`: the process dies, the machine goes on. `power`: what was written and not synced is lost, too. */
  readonly kind: 'kill' | 'power';
}

/** The real disk up to one call, for tests that cut every write at each of its steps. A write that is cut leaves half of its bytes. */
export function createFaultDisk({ cutAt, kind }: FaultOptions): FaultDisk {
  let calls = 0;
  let off = false;
  const unsynced = new Set<string>();

  async function cut(): Promise<never> {
    if (!off && kind === 'power') for (const path of unsynced) await truncate(path, 0).catch(() => undefined);
    off = true;
    throw new PowerCut(`cut at call ${String(cutAt)}`);
  }

  async function step<T>(act: () => Promise<T>): Promise<T> {
    calls += 1;
    return off || calls >= cutAt ? cut() : act();
  }

  async function moved(from: string, to: string): Promise<void> {
    if (unsynced.has(from)) unsynced.add(to);
  }

  return {
    calls: () => calls,
    isOff: () => off,
    create: (path, mode) =>
      step(async (): Promise<DiskFile> => {
        const file = await realDisk.create(path, mode);
        unsynced.add(path);
        return {
          async write(bytes) {
            calls += 1;
            if (!off && calls >= cutAt) {
              await file.write(bytes.subarray(0, bytes.length >> 1));
              await file.close();
            }
            return off || calls >= cutAt ? cut() : file.write(bytes);
          },
          sync: () =>
            step(async () => {
              await file.sync();
              unsynced.delete(path);
            }),
          // A handle that nobody closes would be closed by the garbage collector, with a warning.
          async close() {
            calls += 1;
            await file.close().catch(() => undefined);
            if (off || calls >= cutAt) await cut();
          },
        };
      }),
    link: (existing, path) =>
      step(async () => {
        await realDisk.link(existing, path);
        await moved(existing, path);
      }),
    rename: (from, to) =>
      step(async () => {
        await realDisk.rename(from, to);
        await moved(from, to);
        unsynced.delete(from);
      }),
    remove: (path) => step(() => realDisk.remove(path)),
    makeFolder: (path) => step(() => realDisk.makeFolder(path)),
    syncFolder: (path) => step(() => realDisk.syncFolder(path)),
  };
}
