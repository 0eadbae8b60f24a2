// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic, Severity } from '@fairlead/spec';
import type { Colours } from './colours.ts';

/** Diagnostics as people read them: one paragraph each, then a line that counts them. */
export function diagnosticsText(diagnostics: readonly Diagnostic[], colours: Colours): string {
  const paragraphs = diagnostics.map(({ file, line, column, severity, message, code, hint }) => {
    const place = colours.bold(`${file}:${line}:${column}`);
    return `${place} ${paint[severity](colours)(severity)}: ${message} ${colours.dim(`[${code}]`)}\n  ${colours.dim('hint:')} ${hint}\n`;
  });
  return [...paragraphs, countText(diagnostics)].join('\n');
}

const paint: Readonly<Record<Severity, (colours: Colours) => (text: string) => string>> = {
  error: (colours) => colours.red,
  warning: (colours) => colours.yellow,
  note: (colours) => colours.cyan,
};

function countText(diagnostics: readonly Diagnostic[]): string {
  const parts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    if (count === 0 && severity !== 'error') return [];
    return [`${count === 0 ? 'no' : count} ${severity}${count === 1 ? '' : 's'}`];
  });
  return parts.join(', ');
}
