// SPDX-License-Identifier: Apache-2.0

/** The lines of `packed-refs`: full name → object name. Peeled tags and the header are left out. */
export function packedRefs(text: string): ReadonlyMap<string, string> {
  const refs = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{40}) (\S.*)$/.exec(line);
    if (match !== null) refs.set(match[2] ?? '', match[1] ?? '');
  }
  return refs;
}
