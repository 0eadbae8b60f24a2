// SPDX-License-Identifier: Apache-2.0

/** The items of a list with their places; holes, where something without form stood, are passed over. */
export function indexed<T>(
  list: readonly T[] | undefined,
): readonly { readonly item: T; readonly index: number }[] {
  return (list ?? []).flatMap((item: T | undefined, index) => (item === undefined ? [] : [{ item, index }]));
}

/** Each item once, at the first of its places. */
export function distinct<T>(list: readonly T[] | undefined): readonly T[] {
  return [...new Set(indexed(list).map(({ item }) => item))];
}
