// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { err, FairleadError, ok, type Result } from '@fairlead/base';
import { commitOf, type Files } from '../commit.fixture.ts';
import type { CompileResult } from '../compile-types.ts';
import { createCompiler } from '../compiler.ts';

/** A tree, and every byte that its edition makes of it. Never changed once released: what moves a byte is a new edition. */
export interface GoldenCase {
  readonly name: string;
  readonly files: Files;
  readonly manifest: string;
  /** By device. */
  readonly targets: Readonly<Record<string, string>>;
  /** `severity code file`, for every diagnostic. */
  readonly remarks: readonly string[];
}

/** What the compiler makes of a tree today. */
export async function compileCase(name: string, files: Files): Promise<GoldenCase> {
  const result = await createCompiler().compile(commitOf(files));
  const remarks = remarksOf(result);
  if (result.kind === 'refused') {
    throw new FairleadError({ code: 'internal', message: `'${name}' is refused: ${remarks.join(', ')}` });
  }
  const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8');
  return {
    name,
    files,
    manifest: text(result.manifestBytes),
    targets: Object.fromEntries(
      [...result.targets].map(([device, digest]) => [device, text(result.bodies.get(digest))]),
    ),
    remarks,
  };
}

function remarksOf({ diagnostics }: CompileResult): readonly string[] {
  return diagnostics.map(({ severity, code, file }) => `${severity} ${code} ${file}`);
}

/**
 * The cases of an edition and one more. Refused where the name is taken, where the tree says another edition, and where the compiler
 * makes other bytes than before of some case: then nothing is added to what was released, and the edition has to be raised instead.
 */
export async function withCase(
  edition: number,
  cases: readonly GoldenCase[],
  { name, files }: Pick<GoldenCase, 'name' | 'files'>,
): Promise<Result<readonly GoldenCase[], string>> {
  if (cases.some((known) => known.name === name))
    return err(`edition ${String(edition)} has '${name}' already`);
  for (const known of cases) {
    const now = await compileCase(known.name, known.files);
    if (!isDeepStrictEqual(now, known))
      return err(`'${known.name}' gives other bytes now: raise the edition`);
  }
  const added = await compileCase(name, files);
  const { edition: made } = JSON.parse(added.manifest) as { readonly edition: number };
  return made === edition
    ? ok([...cases, added])
    : err(`the tree of '${name}' is of edition ${String(made)}`);
}
