// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, compareBytes, sortedBy } from '@fairlead/base';

/** A list whose order means nothing in its one writing: by canonical JSON, each item once. */
export function canonicalList<T>(items: Iterable<T>): readonly T[] {
  const byText = new Map(Array.from(items, (item) => [canonicalJson(item), item]));
  return sortedBy(byText, ([text]) => text).map(([, item]) => item);
}

/** Texts by bytes, each once. */
export function canonicalTexts(items: Iterable<string>): readonly string[] {
  return [...new Set(items)].sort(compareBytes);
}
