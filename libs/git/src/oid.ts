// SPDX-License-Identifier: Apache-2.0

/** The name of an object: 40 lower-case hexadecimal digits (SHA-1). */
export function isOid(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** The name of the tree without entries. */
export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
