// SPDX-License-Identifier: Apache-2.0

/** The items of a list with their places; holes, where something without form stood, are passed over. */
export function indexed<T>(
  list: readonly T[] | undefined,
): readonly { readonly item: T; readonly index: number }[] {
  return (list ?? []).flatMap((item: T | undefined, index) => (item === undefined ? [] : [{ item, index }]));
}
