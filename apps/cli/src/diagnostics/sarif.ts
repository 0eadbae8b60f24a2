// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type Code } from '@fairlead/base';
import type { Diagnostic } from '@fairlead/spec';
import { version } from '../version.ts';

/** Diagnostics as a SARIF log (OASIS, 2.1.0), which forges and editors show. Each code is a rule, with what `explain` tells of it. */
export function sarifLog(diagnostics: readonly Diagnostic[]): object {
  const codes = [...new Set(diagnostics.map(({ code }) => code))];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'fairlead', version, rules: codes.map(ruleOf) } },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic) => resultOf(diagnostic, codes.indexOf(diagnostic.code))),
      },
    ],
  };
}

function ruleOf(code: Code): object {
  const { summary, hint, explanation } = codeInfo(code);
  return {
    id: code,
    shortDescription: { text: summary },
    fullDescription: { text: explanation },
    help: { text: `${explanation} ${hint}` },
  };
}

/** `ruleIndex`: of the rule in the list of the driver. */
function resultOf(diagnostic: Diagnostic, ruleIndex: number): object {
  const { file, line, column, endLine, endColumn, severity, code, message, hint } = diagnostic;
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: `${message}\n${hint}` },
    locations: [
      {
        physicalLocation: {
          // Paths of a repository are bytes of any kind; a URI has a few only.
          artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
      },
    ],
  };
}
