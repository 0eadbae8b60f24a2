// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic } from '@fairlead/spec';
import { countText } from './diagnostics-text.ts';
import { cutSections, quoted } from './markdown.ts';

/** Diagnostics as a comment of a pull request. */
export function diagnosticsMarkdown(diagnostics: readonly Diagnostic[], where: string): string {
  const sections = diagnostics.map(({ file, line, column, severity, message, code, hint }) =>
    [
      `- **${severity}** ${quoted(`${file}:${line}:${column}`)}: ${quoted(message)} [\`${code}\`]`,
      `  ${quoted(hint)}`,
    ].join('\n'),
  );
  const head = [`### Fairlead: ${countText(diagnostics)} ${quoted(where)}`];
  return cutSections(head, sections, [], (shown) => `and ${diagnostics.length - shown} more`);
}
