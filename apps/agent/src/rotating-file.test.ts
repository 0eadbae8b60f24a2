// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createRotatingFile } from './rotating-file.ts';

const line = (n: number): string => `line ${String(n).padStart(4, '0')}\n`;

describe('when more is written than a file may hold', () => {
  it('keeps the newest in so many files, none larger, and goes on where an earlier process was', async () => {
    const path = join(await tempDir('rotating'), 'log/own.log');
    for (let n = 0; n < 50; n += 1) createRotatingFile(path, 100, 3).write(line(n));
    const names = readdirSync(join(path, '..')).sort();
    expect(names).toEqual(['own.log', 'own.log.1', 'own.log.2']);
    for (const name of names) expect(statSync(join(path, '..', name)).size).toBeLessThanOrEqual(100);
    const text = names
      .toReversed()
      .map((name) => readFileSync(join(path, '..', name), 'utf8'))
      .join('');
    expect(text).toBe(Array.from({ length: 30 }, (_, index) => line(index + 20)).join(''));
  });

  it('keeps one file where no more are wanted', async () => {
    const path = join(await tempDir('rotating'), 'own.log');
    const file = createRotatingFile(path, 20, 1);
    for (let n = 0; n < 5; n += 1) file.write(line(n));
    expect(readFileSync(path, 'utf8')).toBe(line(4));
  });
});

describe('when the file cannot be written', () => {
  it('loses what is written, and goes on when it can be', async () => {
    const folder = join(await tempDir('rotating'), 'log');
    const path = join(folder, 'own.log');
    writeFileSync(folder, 'in the way');
    const file = createRotatingFile(path, 100, 2);
    file.write(line(1));
    rmSync(folder);
    file.write(line(2));
    expect(readFileSync(path, 'utf8')).toBe(line(2));
  });
});
