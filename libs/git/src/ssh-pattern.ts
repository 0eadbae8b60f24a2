// SPDX-License-Identifier: Apache-2.0

/**
 * Whether `text` is one that a list of patterns means, as ssh_config(5), PATTERNS: `*` is any characters, `?` one, and a pattern after
 * `!` that fits takes everything back. Upper and lower case differ.
 */
export function matchesPatternList(text: string, list: string): boolean {
  let isMeant = false;
  for (const pattern of list.split(',')) {
    const isNegated = pattern.startsWith('!');
    if (!matches(text, isNegated ? pattern.slice(1) : pattern)) continue;
    if (isNegated) return false;
    isMeant = true;
  }
  return isMeant;
}

/** In time that grows with the product of the lengths, whatever the pattern: a regular expression would not promise that. */
function matches(text: string, pattern: string): boolean {
  let reached = new Set([0]);
  for (const sign of pattern) {
    const next = new Set<number>();
    if (sign === '*') {
      for (let at = Math.min(...reached); at <= text.length; at += 1) next.add(at);
    } else {
      for (const at of reached) if (at < text.length && (sign === '?' || text[at] === sign)) next.add(at + 1);
    }
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(text.length);
}
