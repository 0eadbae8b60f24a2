// SPDX-License-Identifier: Apache-2.0
import type { Code, Digest } from '@fairlead/base';
import type { RecordedDiagnostic } from './record.ts';

/** What came of a commit, as far as it is known now. */
export type NoteInput =
  | {
      readonly kind: 'revision';
      readonly commit: string;
      readonly revision: Digest;
      readonly counter: number;
      readonly groups: readonly GroupOutcome[];
      readonly supersededBy: string | null;
    }
  | {
      readonly kind: 'refused';
      readonly commit: string;
      readonly code: Code;
      readonly diagnostics: readonly RecordedDiagnostic[];
    }
  | { readonly kind: 'skipped'; readonly commit: string; readonly by: string };

export interface GroupOutcome {
  readonly group: string;
  readonly applied: number;
  readonly unchanged: number;
  readonly pending: number;
  /** Device, by the name that people gave it, → code. */
  readonly failed: ReadonlyMap<string, string>;
}

/** Most failed devices of one group that a note names. */
const namedFailures = 20;

/** The note on a commit: what `git log --notes=fairlead` shows below it. */
export function noteText(note: NoteInput): string {
  switch (note.kind) {
    case 'skipped':
      return `Skipped: ${note.by} arrived together with it and was deployed instead.\n`;
    case 'refused':
      return refusedText(note.code, note.diagnostics);
    case 'revision': {
      const lines = [`Revision ${note.revision} (counter ${String(note.counter)})`, ''];
      for (const group of note.groups) lines.push(...groupLines(group, widest(note.groups)));
      if (note.groups.length === 0) lines.push('No groups.');
      if (note.supersededBy !== null) lines.push('', `Superseded by ${note.supersededBy}.`);
      return `${lines.join('\n')}\n`;
    }
  }
}

function widest(groups: readonly GroupOutcome[]): number {
  return Math.max(...groups.map(({ group }) => group.length));
}

function groupLines(
  { group, applied, unchanged, pending, failed }: GroupOutcome,
  width: number,
): readonly string[] {
  const counts = [
    `${String(applied)} applied`,
    `${String(unchanged)} unchanged`,
    `${String(failed.size)} failed`,
    `${String(pending)} pending`,
  ];
  const named = [...failed].slice(0, namedFailures).map(([device, code]) => `  failed: ${device} (${code})`);
  if (failed.size > named.length) named.push(`  failed: ${String(failed.size - named.length)} more`);
  return [`${`${group}:`.padEnd(width + 1)} ${counts.join(', ')}`, ...named];
}

function refusedText(code: Code, diagnostics: readonly RecordedDiagnostic[]): string {
  const lines = diagnostics.map(({ file, line, column, message, hint, code: own }) => {
    const place =
      file === undefined ? '' : `${[file, line, column].filter((part) => part !== undefined).join(':')}: `;
    return `${place}${message} [${own}]\n    ${hint}`;
  });
  return `Refused (${code}): nothing was deployed.\n\n${lines.join('\n')}\n`;
}
