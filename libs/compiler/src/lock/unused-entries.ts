// SPDX-License-Identifier: Apache-2.0
import { join, lockKey, lockPath, lockSections, type LockFile, type LockPlace } from '@fairlead/spec';
import type { Findings } from '../findings.ts';
import type { LockUse } from './lock-view.ts';

/** Warns of entries that nothing hangs on: they look as if they counted. */
export function warnOfUnused(lock: LockFile, uses: Iterable<LockUse>, findings: Findings): void {
  const used = new Set(Array.from(uses, ({ reference }) => pointerOf(lockKey(reference))));
  for (const section of lockSections) {
    for (const key of Object.keys(lock[section])) {
      const pointer = pointerOf({ section, key });
      if (used.has(pointer)) continue;
      findings.add({ file: lockPath, pointer }, '', {
        severity: 'warning',
        code: 'lock-unused',
        message: `nothing refers to ${key}`,
        key: true,
      });
    }
  }
}

function pointerOf({ section, key }: LockPlace): string {
  return join('', section, key);
}
