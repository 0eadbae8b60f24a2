// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { isDevicesPath, repositoryPath } from './source-rules.ts';

describe('when a file names a path', () => {
  it.each([
    ['running/a.json', 'running/a.json'],
    ['./running/a.json', 'running/a.json'],
    ['a..b/c.json', 'a..b/c.json'],
  ])('takes %s', (named, path) => {
    expect(repositoryPath(named)).toBe(path);
  });

  it.each([
    '/etc/passwd',
    '../a.json',
    'running/../../a',
    'running//a',
    'running/./a',
    'running\\a',
    '',
    './',
    'a\0b',
    'a/',
  ])('refuses %j', (named) => {
    expect(repositoryPath(named)).toBeUndefined();
  });
});

describe('when files list devices', () => {
  it('knows the one file and its shards', () => {
    expect(
      ['devices.json', 'devices/north/a.json', 'devices/readme.md', 'old/devices.json', 'devices'].filter(
        isDevicesPath,
      ),
    ).toEqual(['devices.json', 'devices/north/a.json']);
  });
});
