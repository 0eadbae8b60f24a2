// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fleet, run } from '../commit.fixture.ts';
import { compileCase, withCase, type GoldenCase } from './golden-case.fixture.ts';

const editions = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.golden.json'));

describe.each(editions)('when the trees of %s are compiled', (file) => {
  const cases = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as readonly GoldenCase[];

  it.each(cases)('makes the bytes of ever: $name', async (known) => {
    expect(await compileCase(known.name, known.files)).toEqual(known);
  });
});

describe('when a golden case is added', () => {
  const wanted = { name: 'new', files: fleet };

  it('stands behind those that are there, with the bytes of today', async () => {
    const first = await compileCase('first', fleet);
    const result = await withCase(1, [first], wanted);
    expect(result).toMatchObject({ ok: true, value: [first, { ...first, name: 'new' }] });
  });

  it('is refused where its name is taken, or its tree is of another edition', async () => {
    const first = await compileCase('new', { ...fleet, 'running/n.json': run('/other') });
    expect(await withCase(1, [first], wanted)).toMatchObject({ ok: false });
    expect(await withCase(2, [], wanted)).toMatchObject({ ok: false });
  });

  it('is refused where a byte of an earlier case has moved', async () => {
    const first = await compileCase('first', fleet);
    const moved = { ...first, manifest: first.manifest.replace('"counter":7', '"counter":8') };
    expect(await withCase(1, [moved], wanted)).toEqual({
      ok: false,
      error: "'first' gives other bytes now: raise the edition",
    });
  });
});
