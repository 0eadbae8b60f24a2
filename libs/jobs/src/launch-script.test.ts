// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { tempDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { launchScript, type Launch } from './launch-script.ts';

const shells = ['/bin/dash', '/bin/bash', '/bin/busybox'].filter((path) => existsSync(path));

/** The environment that a program sees when a shell that knows only PATH starts it. */
async function environmentUnder(shell: string, environment: Launch['environment']): Promise<unknown> {
  const dir = await tempDir('launch');
  const launch: Launch = {
    env: '/usr/bin/env',
    program: process.execPath,
    args: ['-e', 'process.stdout.write(JSON.stringify(process.env))'],
    environment,
    cwd: dir,
    prefix: [],
  };
  await writeFile(join(dir, 'launch'), launchScript(launch, []));
  // By the name that /bin/sh gives it, which makes some of them behave otherwise.
  const { stdout } = spawnSync(shell, ['-c', 'set -u; . ./launch'], {
    argv0: 'sh',
    cwd: dir,
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(stdout.toString('utf8'));
}

describe.each(shells)('when %s becomes the program', (shell) => {
  it('gives it the environment that is stated, whatever a shell makes of the names', async () => {
    const environment = {
      A: "it's $HOME `id` \\ \n end",
      EMPTY: '',
      IFS: 'x',
      LD_LIBRARY_PATH: '/nowhere',
      'odd.name': 'x=y z',
      OLDPWD: '/o',
      OPTIND: 'x',
      PPID: '1',
      PWD: '/p',
      RANDOM: 'r',
      SECONDS: 's',
      SHLVL: 'many',
      UID: 'u',
      _: 'underscore',
      ünïcode: 'ö',
    };
    expect(await environmentUnder(shell, environment)).toEqual(environment);
  });

  it('adds nothing of its own', async () => {
    expect(await environmentUnder(shell, {})).toEqual({});
  });
});

describe('when a program is started', () => {
  it('keeps the values of its environment out of every command line', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/), (name) => {
        const launch = { env: '/env', program: '/p', args: ['a'], cwd: '/', prefix: [] };
        const script = launchScript({ ...launch, environment: { [name]: 'Secret' } }, []);
        expect(script).toContain(`export ${name}='Secret'\n`);
        expect(script.slice(script.indexOf('exec '))).not.toContain('Secret');
      }),
    );
  });
});
