// SPDX-License-Identifier: Apache-2.0
import { compareBytes } from '@fairlead/base';
import { at, findPlaces, lockKey, type MutableReference } from '@fairlead/spec';
import type { LockUse } from './lock-view.ts';

/** Each place of each reference once, in the order of files and lines. Each file is searched once. */
export function locateUses(
  uses: Iterable<LockUse>,
  textOf: (file: string) => string,
): readonly MutableReference[] {
  const distinct = new Map<string, LockUse>();
  for (const use of uses) {
    const { section, key } = lockKey(use.reference);
    distinct.set(JSON.stringify([use.file, use.pointer, section, key]), use);
  }
  return [...Map.groupBy(distinct.values(), ({ file }) => file)]
    .flatMap(([file, found]) => {
      const spanOf = findPlaces(
        { file, text: textOf(file) },
        found.map(({ pointer }) => at(pointer)),
      );
      return found.map(({ reference, pins, pointer }) => ({
        reference,
        pins,
        place: { file, ...spanOf(at(pointer)) },
      }));
    })
    .sort(
      ({ place: a }, { place: b }) => compareBytes(a.file, b.file) || a.line - b.line || a.column - b.column,
    );
}
