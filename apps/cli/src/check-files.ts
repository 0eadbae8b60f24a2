// SPDX-License-Identifier: Apache-2.0
import { codeInfo, FairleadError, type Code } from '@fairlead/base';
import { defineCommand, exitCode, type AnyCommand, type Flags, type FlagValues } from '@fairlead/program';
import type { Diagnostic } from '@fairlead/spec';
import { diagnosticForms, diagnosticsAnswer, hasErrors } from './diagnostics/diagnostics-answer.ts';
import type { Texts } from './diagnostics/diagnostics-text.ts';
import { readInput } from './read-input.ts';

/** What came of looking at one file that lies in no repository. */
interface CheckedFile {
  readonly diagnostics: readonly Diagnostic[];
  /** What the file says, flattened and normalised, defaults written out. Not shown where there is an error. */
  readonly value: unknown;
  /** Texts of every file that was read, by path as the diagnostics name it. */
  readonly texts: Texts;
}

export interface FileCheck<F extends Flags> {
  /** Words that call it: `running check`. */
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly flags: F;
  /** `file` as it was typed, `bytes` its content. What is wrong with it is no reason to throw. */
  readonly check: (file: string, bytes: Uint8Array, flags: FlagValues<F>) => Promise<CheckedFile>;
}

/** A command that tells what is wrong with each of some files, and what they say. Ends with 1 if one has an error. */
export function defineFileCheck<const F extends Flags>({ check, ...spec }: FileCheck<F>): AnyCommand {
  return defineCommand({
    ...spec,
    args: '<files...>',
    forms: diagnosticForms,
    async run({ flags, args }, context) {
      const checked: (CheckedFile & { readonly file: string; readonly ok: boolean })[] = [];
      for (const file of args) {
        const found = await checkOne(file, context.signal, (bytes) => check(file, bytes, flags));
        checked.push({ ...found, file, ok: !hasErrors(found.diagnostics) });
      }
      const answer = await diagnosticsAnswer(context, {
        json: checked.map(({ file, ok, diagnostics, value }) => ({
          file,
          ok,
          diagnostics,
          value: ok ? value : null,
        })),
        diagnostics: checked.flatMap(({ diagnostics }) => diagnostics),
        texts: async () => new Map(checked.flatMap(({ texts }) => [...texts])),
        where: args.length === 1 ? `in ${String(args[0])}` : `in ${args.length} files`,
      });
      await context.answer(answer);
      return checked.every(({ ok }) => ok) ? exitCode.done : exitCode.no;
    },
  });
}

async function checkOne(
  file: string,
  signal: AbortSignal,
  check: (bytes: Uint8Array) => Promise<CheckedFile>,
): Promise<CheckedFile> {
  try {
    const bytes = await readInput(file, signal);
    if (bytes !== undefined) return await check(bytes);
    return unread(
      file,
      'file-missing',
      `${file} cannot be read`,
      'Name a file that is there and may be read; - is standard input.',
    );
  } catch (thrown) {
    if (thrown instanceof FairleadError && thrown.code === 'file-too-large')
      return unread(file, thrown.code, thrown.message, codeInfo(thrown.code).hint);
    throw thrown;
  }
}

function unread(file: string, code: Code, message: string, hint: string): CheckedFile {
  const start = { line: 1, column: 1, endLine: 1, endColumn: 1 } as const;
  return {
    diagnostics: [{ file, ...start, severity: 'error', code, message, hint }],
    value: null,
    texts: new Map(),
  };
}
