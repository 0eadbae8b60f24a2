// SPDX-License-Identifier: Apache-2.0
import type { Diagnostic, Severity } from '@fairlead/spec';

const commands: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'notice' };

/** Workflow commands of GitHub Actions, one a line: the runner shows each beside its line in the pull request. */
export function githubAnnotations(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ file, line, column, endLine, endColumn, severity, code, message, hint }) => {
      const place = { file, line, endLine, col: column, endColumn };
      // Columns of a range over several lines mean nothing to GitHub, and keep it from showing the annotation.
      const properties = Object.entries(endLine === line ? place : { file, line, endLine })
        .concat([['title', code]])
        .map(([name, value]) => `${name}=${escapeProperty(String(value))}`)
        .join(',');
      return `::${commands[severity]} ${properties}::${escapeData(`${message}\nhint: ${hint}`)}`;
    })
    .join('\n');
}

/** As the runner decodes it: actions/toolkit, packages/core/src/command.ts. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
