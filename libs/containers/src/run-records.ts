// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '@fairlead/artifacts';

/**
 * Which container of a unit was started last, and in which boot of the device. The engine cannot say whether one that does not run
 * was stopped, or ended by itself: it is the second if there is a record of it.
 */
export interface RunRecords {
  /** The id of the container; null: it was stopped, or not started in this boot. */
  started(unit: string): Promise<string | null>;
  write(unit: string, container: string): Promise<void>;
  remove(unit: string): Promise<void>;
}

export function createRunRecords(dir: string, bootId: string): RunRecords {
  return {
    async started(unit) {
      const [container = '', boot] = (await readFile(join(dir, unit), 'utf8').catch(() => '')).split(' ');
      return boot === bootId ? container : null;
    },
    async write(unit, container) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await replaceFile(join(dir, unit), `${container} ${bootId}`);
    },
    remove: (unit) => rm(join(dir, unit), { force: true }),
  };
}
