// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import { lockShape } from '../schemas/lock-schema.ts';
import { lockSections, type LockFile } from './lock-file.ts';

/** The text of `fleet.lock.json`: one for one content, whatever the order of keys, so that two people's locks merge line by line. */
export function printLock(lock: LockFile): string {
  const empty = lockSections.filter((section) => Object.keys(lock[section]).length === 0);
  const kept = Object.entries(lock).filter(([key]) => !empty.some((section) => section === key));
  const file = { ...Object.fromEntries(kept), $schema: lockShape.schema.$id };
  return `${JSON.stringify(sortKeys(file), null, 2)}\n`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sortKeys(inner)] as const);
  return Object.fromEntries(sortedBy(entries, ([key]) => key));
}
