// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic, Severity } from '@fairlead/spec';
import stringWidth from 'string-width';
import type { Colours } from '../colours.ts';
import { excerptOf, printable } from './excerpt.ts';

/** Texts of files by path. Where one is missing, its source lines are not shown. */
export type Texts = ReadonlyMap<string, string>;

/**
 * Diagnostics as compilers print them: `file:line:column: severity: message [code]`, the source line with the place marked below it, and
 * the way out. Then a line that counts them.
 */
export function diagnosticsText(diagnostics: readonly Diagnostic[], texts: Texts, colours: Colours): string {
  const lines = new Map([...texts].map(([file, text]) => [file, text.split('\n')] as const));
  const paragraphs = diagnostics.map((diagnostic) =>
    [
      headText(diagnostic, colours),
      ...sourceText(diagnostic, lines.get(diagnostic.file) ?? [], colours),
      `  ${colours.dim('hint:')} ${printable(diagnostic.hint)}\n`,
    ].join('\n'),
  );
  return [...paragraphs, countText(diagnostics)].join('\n');
}

const paint: Readonly<Record<Severity, (colours: Colours) => (text: string) => string>> = {
  error: (colours) => colours.red,
  warning: (colours) => colours.yellow,
  note: (colours) => colours.cyan,
};

function headText({ file, line, column, severity, message, code }: Diagnostic, colours: Colours): string {
  const place = colours.bold(`${printable(file)}:${line}:${column}:`);
  const said = message.split('\n').map(printable).join('\n');
  return `${place} ${paint[severity](colours)(`${severity}:`)} ${said} ${colours.dim(`[${code}]`)}`;
}

function sourceText(diagnostic: Diagnostic, lines: readonly string[], colours: Colours): readonly string[] {
  // A secret is not carried on into the logs of a check.
  const excerpt = diagnostic.code === 'plain-secret' ? undefined : excerptOf(lines, diagnostic);
  if (excerpt === undefined) return [];
  const { before, marked, after } = excerpt;
  const number = String(diagnostic.line);
  const margin = ' '.repeat(stringWidth(before));
  const carets = '^'.repeat(Math.max(1, stringWidth(marked)));
  const { dim } = colours;
  return [
    `  ${dim(`${number} |`)} ${before}${marked}${after}`.trimEnd(),
    `  ${dim(`${' '.repeat(number.length)} |`)} ${margin}${paint[diagnostic.severity](colours)(carets)}`,
  ];
}

/** `2 errors, 1 warning`. */
export function countText(diagnostics: readonly Diagnostic[]): string {
  const parts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    if (count === 0 && severity !== 'error') return [];
    return [`${count === 0 ? 'no' : count} ${severity}${count === 1 ? '' : 's'}`];
  });
  return parts.join(', ');
}
