// SPDX-License-Identifier: Apache-2.0
import { noCommit } from '@fairlead/commits';
import type { CompileInput } from '@fairlead/compiler';
import type { Answer, ProgramContext } from '@fairlead/program';
import { sizeLimits, type Diagnostic } from '@fairlead/spec';
import { diagnosticsAnswer, hasErrors } from './diagnostics-answer.ts';
import type { Texts } from './diagnostics-text.ts';

/** Digits of a commit's id that people are shown. */
const shortId = 10;

/** A commit's id for people. */
export function shortCommit(commit: string): string {
  return commit.slice(0, shortId);
}

/**
 * What is wrong with a commit, as the answer of a command: `{ok, commit, diagnostics}`; `commit` is null where it is none, and then
 * `where` says what it is. Without `input` there are no source lines.
 */
export async function commitAnswer(
  context: ProgramContext,
  input: CompileInput | undefined,
  diagnostics: readonly Diagnostic[],
  where = 'in the work tree',
): Promise<Answer> {
  const commit = input === undefined || input.commit === noCommit ? null : input.commit;
  return diagnosticsAnswer(context, {
    json: { ok: !hasErrors(diagnostics), commit, diagnostics },
    diagnostics,
    texts: async () => (input === undefined ? new Map() : commitTexts(input, diagnostics)),
    where: commit === null ? where : `in commit ${shortCommit(commit)}`,
  });
}

/** What is larger than any file may be, or is no file of the commit, is left out. */
async function commitTexts(
  { files, read }: CompileInput,
  diagnostics: readonly Diagnostic[],
): Promise<Texts> {
  const oids = new Map(
    diagnostics.flatMap(({ file }) => {
      const entry = files.get(file);
      return entry?.kind === 'file' ? [[file, entry.oid] as const] : [];
    }),
  );
  const blobs = await read([...new Set(oids.values())], sizeLimits.devices);
  return new Map(
    [...oids].flatMap(([file, oid]) => {
      const bytes = blobs.get(oid);
      return bytes === undefined ? [] : [[file, Buffer.from(bytes).toString('utf8')] as const];
    }),
  );
}
