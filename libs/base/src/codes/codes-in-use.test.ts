// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allCodes } from './index.ts';

const workspace = resolve(import.meta.dirname, '../../../..');
const own = join('libs', 'base', 'src', 'codes');

describe('when a code stands in the list', () => {
  it('is given by some program, so that nobody looks up what never happens', () => {
    const sources = globSync('{libs,apps}/*/src/**/*.ts', { cwd: workspace })
      .filter((path) => !path.startsWith(own) && !/\.(test|fixture)\.ts$|\/gen\//.test(path))
      .map((path) => readFileSync(join(workspace, path), 'utf8'));
    expect(sources.length).toBeGreaterThan(100);
    expect(allCodes().filter((code) => !sources.some((text) => text.includes(`'${code}'`)))).toEqual([]);
  });
});
