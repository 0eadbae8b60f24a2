// SPDX-License-Identifier: Apache-2.0
import { join, lockKey, lockPath, lockSections, type LockFile, type LockPlace } from '@fairlead/spec';
import type { Findings } from '../findings.ts';
import type { LockUse } from './lock-view.ts';

/** Warns of entries that nothing hangs on: they look as if they counted. */
export function warnOfUnused(lock: LockFile, uses: Iterable<LockUse>, findings: Findings): void {
  const used = new Set(Array.from(uses, ({ reference }) => nameOf(lockKey(reference))));
  for (const section of lockSections) {
    for (const key of Object.keys(lock[section])) {
      if (used.has(nameOf({ section, key }))) continue;
      findings.add({ file: lockPath, pointer: join('', section, key) }, '', {
        severity: 'warning',
        code: 'lock-unused',
        message: `nothing refers to ${key}`,
        key: true,
      });
    }
  }
}

function nameOf({ section, key }: LockPlace): string {
  return `${section} ${key}`;
}
