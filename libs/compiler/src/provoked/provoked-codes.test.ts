// SPDX-License-Identifier: Apache-2.0
import { allCodes, codeInfo, isCode } from '@fairlead/base';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { provocations } from './provoked-codes.fixture.ts';

const workspace = resolve(import.meta.dirname, '../../../..');
const table = 'libs/compiler/src/provoked/provoked-codes.fixture.ts';

describe('when a diagnostic carries a code', () => {
  it.each(Object.entries(provocations))('%s is provoked, and explained', async (code, provocation) => {
    if (!isCode(code)) expect.fail(`'${code}' is no code; take its line out of ${table}`);
    const { summary, explanation, hint } = codeInfo(code);
    expect([summary, explanation, hint]).toEqual(Array(3).fill(expect.stringMatching(/\w/)));
    if ('testedIn' in provocation) {
      expect(readFileSync(join(workspace, provocation.testedIn), 'utf8')).toContain(`'${code}'`);
      return;
    }
    const found = (await provocation()).filter((diagnostic) => diagnostic.code === code);
    expect(found.length).toBeGreaterThan(0);
    for (const { message, hint: said, line } of found) {
      expect([message.trim(), said.trim()]).not.toContain('');
      expect(line).toBeGreaterThan(0);
    }
  });

  it('has a case in the table, whatever part of the language gives it', () => {
    const sources = globSync('libs/{spec,compiler}/src/**/*.ts', { cwd: workspace })
      .filter((path) => !/\.(test|fixture)\.ts$/.test(path))
      .map((path) => readFileSync(join(workspace, path), 'utf8'))
      .join('\n');
    // Thrown where an invariant is broken: of no file.
    const given = allCodes().filter((code) => code !== 'internal' && sources.includes(`'${code}'`));
    const lacking = given.filter((code) => !Object.hasOwn(provocations, code));
    expect(given.length).toBeGreaterThan(40);
    expect(
      lacking,
      `add to ${table}, for each: its name to SharedCode if it stands in no table of language codes, and a line like\n` +
        lacking.map((code) => `  '${code}': job({ … what provokes it … }),`).join('\n'),
    ).toEqual([]);
  });
});
