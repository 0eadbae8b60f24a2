// SPDX-License-Identifier: Apache-2.0

/** Longest comment that GitHub takes, in characters; GitLab takes more. */
const mostCharacters = 65_536;
/** A longer line is cut, in characters. */
const mostOfLine = 400;

/** A comment of a forge: of too many sections only the first are shown, and `left` says how it is with the others. */
export function cutSections(
  head: readonly string[],
  sections: readonly string[],
  foot: readonly string[],
  left: (shown: number) => string,
): string {
  const paragraphs = (parts: readonly string[]): string => parts.join('\n\n');
  const around = paragraphs([...head, ...foot]).length + left(0).length + 100;
  let length = around;
  const shown = sections.findIndex((section) => (length += section.length + 2) > mostCharacters);
  if (shown < 0) return paragraphs([...head, ...sections, ...foot]);
  return paragraphs([...head, ...sections.slice(0, shown), `_${quoted(left(shown))}_`, ...foot]);
}

/** Text that a fence holds, whatever stands in it. */
export function fence(text: string, kind = 'diff'): string {
  const lines = text.split('\n').map(cut);
  const longest = Math.max(2, ...lines.map((line) => /^ {0,3}(`*)/.exec(line)?.[1]?.length ?? 0));
  const marks = '`'.repeat(longest + 1);
  return [`${marks}${kind}`, ...lines, marks].join('\n');
}

/** Text in which no character is markup: names come from files that anybody may have proposed. */
export function quoted(text: string): string {
  return cut(text)
    .replace(/[\\`*_{}[\]<>()#+!|~@&]/g, (mark) => `\\${mark}`)
    .replaceAll('\\@', '@\u200b');
}

function cut(line: string): string {
  return line.length > mostOfLine ? `${line.slice(0, mostOfLine).toWellFormed()}…` : line;
}
