// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { diagnosticsOf, fleetOf, remarksOn, sha, unitsOf } from '../commit.fixture.ts';

const a = (more: object = {}): object => ({ job: 'a', exec_cmd: 'x', ...more });
const file = (path: string, more: object = {}): object => ({
  url: 'https://example.org/f',
  dest_relative_path: path,
  size: 3,
  checksum: { type: 'sha256sum', value: sha },
  ...more,
});
const config = (name: string, more: object = {}): object => ({ name, job: 'a', ...more });

describe('when a job has configs', () => {
  it.each([
    [{ config: 'x' }, 'x'],
    [{ config_name: 'x' }, 'x'],
    [{ config: 'x', config_name: 'x' }, 'x'],
    [{}, 'default'],
    [{ config: '' }, 'default'],
  ])('%j uses %s', async (more, used) => {
    const member = (await unitsOf({ jobs: [a(more)], configs: [config('x'), config('default')] }))['a']
      ?.members[0];
    expect(member?.config).toBe(used);
    expect(member?.configs.map(({ name }) => name)).toEqual(['default', 'x']);
  });

  it('uses none where none is called default', async () => {
    expect((await unitsOf({ jobs: [a()], configs: [config('x')] }))['a']?.members[0]?.config).toBeNull();
  });

  it('delivers data and files, by path and without the leading slash', async () => {
    const configs = [
      config('default', { data: 'aGk=', encoding: 'base64', files: [file('/z/b'), file('a')] }),
      config('t', { data: 'ü', encoding: '' }),
    ];
    expect((await unitsOf({ jobs: [a()], configs }))['a']?.members[0]?.configs).toEqual([
      {
        name: 'default',
        data: 'aGk=',
        encoding: 'base64',
        files: ['a', 'z/b'].map((path) => ({
          path,
          url: 'https://example.org/f',
          digest: `sha256:${sha}`,
          size: 3,
          format: 'file',
        })),
      },
      { name: 't', data: 'ü', encoding: 'utf8', files: [] },
    ]);
  });

  it.each([
    [config('default', { files: [file('/etc/x')] }), ['warning path-absolute']],
    [config('default', { files: [file('../x')] }), ['error path-unsafe']],
    [config('default', { files: [file('/')] }), ['error path-unsafe']],
    [config('default', { files: [file('a\\b')] }), ['error path-unsafe']],
    [
      config('default', { files: [file('a'), file('/a')] }),
      ['error duplicate-definition', 'warning path-absolute'],
    ],
    [
      config('default', { files: [file('a', { checksum: undefined, size: undefined })] }),
      ['error reference-unlocked'],
    ],
    [config('default', { data: 'not!', encoding: 'base64' }), ['error invalid-value']],
    [config('default', { data: 'x', encoding: 'latin1' }), ['error invalid-value']],
    [config('default', { files: [file('a/b'), file('a-b'), file('a')] }), ['error duplicate-definition']],
    [config('default', { files: [file('a'), file('a/b/c')] }), ['error duplicate-definition']],
    [config('default', { data: 'x', files: [file('data')] }), ['error duplicate-definition']],
    [config('default', { files: [file('data')] }), []],
    [config('other'), ['warning config-unused']],
    [config('default', { job: 'nobody' }), ['error job-undefined']],
  ])('judges %j as %j', async (entry, remarks) => {
    expect(await remarksOn({ jobs: [a()], configs: [entry] })).toEqual(remarks);
  });

  it('tells a name from a text, and a misspelling from the name', async () => {
    const hints = async (name: string) =>
      (await diagnosticsOf(fleetOf({ jobs: [a({ config: name })], configs: [config('standard')] })))
        .filter(({ code }) => code === 'config-undefined')
        .map(({ hint }) => hint);
    expect(await hints('{"a":1}')).toEqual([
      'This is the name of a config; put its text into data of an entry of configs.',
    ]);
    expect(await hints('standrad')).toEqual(["Did you mean 'standard'?"]);
    expect(await remarksOn({ jobs: [a({ config: 'x', config_name: 'y' })], configs: [config('x')] })).toEqual(
      ['error conflicting-settings'],
    );
  });
});
