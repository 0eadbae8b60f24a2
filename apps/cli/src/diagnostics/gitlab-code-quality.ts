// SPDX-License-Identifier: Apache-2.0
import { digestHex, sha256 } from '@fairlead/base';
import type { Diagnostic, Severity } from '@fairlead/spec';

const severities: Readonly<Record<Severity, string>> = { error: 'major', warning: 'minor', note: 'info' };

/** Diagnostics as GitLab's Code Quality report: a merge request shows what its branch makes worse, and what it mends. */
export function gitlabCodeQuality(diagnostics: readonly Diagnostic[]): readonly object[] {
  const alike = new Map<string, number>();
  return diagnostics.map(({ file, line, endLine, severity, code, message, hint }) => {
    // An edit above a problem moves it, and it is the same problem: no line takes part, only which of several alike it is.
    const problem = JSON.stringify([file, code, message]);
    const index = alike.get(problem) ?? 0;
    alike.set(problem, index + 1);
    return {
      description: `${message} (${hint})`,
      check_name: code,
      fingerprint: digestHex(sha256(`${problem} ${String(index)}`)),
      severity: severities[severity],
      location: { path: file, lines: { begin: line, end: endLine } },
    };
  });
}
