// SPDX-License-Identifier: Apache-2.0
import type { Answer, ProgramContext } from '@fairlead/program';
import type { Diagnostic } from '@fairlead/spec';
import { coloursFor } from '../colours.ts';
import { diagnosticsMarkdown } from './diagnostics-markdown.ts';
import { countText, diagnosticsText, type Texts } from './diagnostics-text.ts';
import { githubAnnotations } from './github-annotations.ts';
import { gitlabCodeQuality } from './gitlab-code-quality.ts';
import { sarifLog } from './sarif.ts';

/** Forms that a command takes whose answer is diagnostics, beside text and JSON. */
export const diagnosticForms = ['sarif', 'github', 'gitlab', 'markdown'] as const;

export interface DiagnosticsAnswer {
  readonly json: unknown;
  readonly diagnostics: readonly Diagnostic[];
  /** Texts of the files that the diagnostics are in; asked only where source lines are shown. */
  readonly texts: () => Promise<Texts>;
  /** What was looked at, after the count: `in commit 0123456789`. */
  readonly where: string;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** Diagnostics as the answer of a command, in the form that `--output` says. */
export async function diagnosticsAnswer(
  { output, terminal }: ProgramContext,
  { json, diagnostics, texts, where }: DiagnosticsAnswer,
): Promise<Answer> {
  const text = output === 'text' ? diagnosticsText(diagnostics, await texts(), coloursFor(terminal)) : '';
  return {
    json,
    text: `${text} ${where}`,
    forms: {
      gitlab: () => JSON.stringify(gitlabCodeQuality(diagnostics)),
      markdown: () => diagnosticsMarkdown(diagnostics, where),
      sarif: () => JSON.stringify(sarifLog(diagnostics)),
      github: () =>
        [githubAnnotations(diagnostics), `${countText(diagnostics)} ${where}`].join('\n').trimStart(),
    },
  };
}
