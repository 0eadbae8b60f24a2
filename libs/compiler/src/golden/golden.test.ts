// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitOf, type Files } from '../commit.fixture.ts';
import { createCompiler } from '../compiler.ts';

/** A tree, and every byte that its edition makes of it. Never changed once released: what moves a byte is a new edition. */
interface GoldenCase {
  readonly name: string;
  readonly files: Files;
  readonly manifest: string;
  readonly targets: Readonly<Record<string, string>>;
  readonly remarks: readonly string[];
}

const editions = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.golden.json'));

describe.each(editions)('when the trees of %s are compiled', (file) => {
  const cases = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as readonly GoldenCase[];

  it.each(cases)('makes the bytes of ever: $name', async ({ files, manifest, targets, remarks }) => {
    const result = await createCompiler().compile(commitOf(files));
    expect(
      result.diagnostics.map(({ severity, code, file: where }) => `${severity} ${code} ${where}`),
    ).toEqual(remarks);
    if (result.kind !== 'compiled') expect.unreachable();
    const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8');
    expect(text(result.manifestBytes)).toBe(manifest);
    expect(
      Object.fromEntries(
        [...result.targets].map(([device, digest]) => [device, text(result.bodies.get(digest))]),
      ),
    ).toEqual(targets);
  });
});
