// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '@fairlead/artifacts';

/**
 * Which container of a unit was started last, and in which boot of the device. The engine cannot say whether one that does not run
 * was stopped, or ended by itself: it is the second if there is a record of it.
 */
export interface RunRecords {
  /** The id of the container; null: it was stopped, or not started in this boot. */
  started(unit: string): Promise<string | null>;
  /** Units that were started in this boot, and not stopped since. */
  units(): Promise<readonly string[]>;
  write(unit: string, container: string): Promise<void>;
  remove(unit: string): Promise<void>;
}

export function createRunRecords(dir: string, bootId: string): RunRecords {
  const started = async (unit: string): Promise<string | null> => {
    const [container = '', boot] = (await readFile(join(dir, unit), 'utf8').catch(() => '')).split(' ');
    return boot === bootId ? container : null;
  };
  return {
    started,
    async units() {
      const units: string[] = [];
      for (const unit of await readdir(dir).catch(() => []))
        if ((await started(unit)) !== null) units.push(unit);
      return units.sort();
    },
    async write(unit, container) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await replaceFile(join(dir, unit), `${container} ${bootId}`);
    },
    remove: (unit) => rm(join(dir, unit), { force: true }),
  };
}
