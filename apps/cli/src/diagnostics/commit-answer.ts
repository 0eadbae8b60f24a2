// SPDX-License-Identifier: Apache-2.0
import { noCommit } from '@fairlead/commits';
import type { CompileInput } from '@fairlead/compiler';
import type { Answer, ProgramContext } from '@fairlead/program';
import { sizeLimits, type Diagnostic } from '@fairlead/spec';
import { diagnosticsAnswer, hasErrors } from './diagnostics-answer.ts';
import type { Texts } from './diagnostics-text.ts';

/** Digits of a commit's id that people are shown. */
const shortId = 10;

/** What is wrong with a commit, as the answer of a command: `{ok, commit, diagnostics}`; of a work tree `commit` is null. */
export async function commitAnswer(
  context: ProgramContext,
  input: CompileInput,
  diagnostics: readonly Diagnostic[],
): Promise<Answer> {
  const commit = input.commit === noCommit ? null : input.commit;
  return diagnosticsAnswer(context, {
    json: { ok: !hasErrors(diagnostics), commit, diagnostics },
    diagnostics,
    texts: () => commitTexts(input, diagnostics),
    where: commit === null ? 'in the work tree' : `in commit ${commit.slice(0, shortId)}`,
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
