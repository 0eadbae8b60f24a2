// SPDX-License-Identifier: Apache-2.0
import { allCodes } from '@fairlead/base';
import { startProgram } from '@fairlead/testing';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cli } from './cli.ts';
import { fairlead, newSignedFleet, program } from './fairlead.fixture.ts';
import { version } from './version.ts';

describe('when the program is asked about itself', () => {
  it('has help with examples for every command, and none without', async () => {
    for (const { name, examples } of cli.commands) {
      const { code, stdout } = await fairlead([...name.split(' '), '--help']);
      expect({ name, code }).toEqual({ name, code: 0 });
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(stdout).toContain(example);
    }
    // A process for each command.
  }, 60_000);

  it('states the version of its package', async () => {
    const { version: packaged } = JSON.parse(
      await readFile(new URL('../package.json', import.meta.url), 'utf8'),
    );
    expect(version).toBe(packaged);
    expect(await fairlead(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('ends with 2 when it is called wrongly', async () => {
    expect((await fairlead([])).code).toBe(2);
    expect((await fairlead(['chekc'])).stderr).toContain('check');
    expect((await fairlead(['check', '--nope'])).code).toBe(2);
  });
});

describe('when a code is to be explained', () => {
  it('tells summary, explanation and hint', async () => {
    const { code, stdout } = await fairlead(['explain', 'equivocation', '--output', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      code: 'equivocation',
      summary: expect.any(String),
      hint: expect.any(String),
      explanation: expect.any(String),
    });
  });

  it('lists every code there is', async () => {
    const { stdout } = await fairlead(['explain', '--output', 'json']);
    expect(
      JSON.parse(stdout)
        .map((entry: { code: string }) => entry.code)
        .sort(),
    ).toEqual([...allCodes()].sort());
  });

  it('ends with 2 for a code that there is not', async () => {
    expect((await fairlead(['explain', 'nonsense'])).code).toBe(2);
  });
});

describe('when it takes its flags from elsewhere', () => {
  it('reads the environment', async () => {
    const { dir, head } = await newSignedFleet();
    const { stdout } = await fairlead(['check'], { env: { FAIRLEAD_REPO: dir, FAIRLEAD_OUTPUT: 'json' } });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, commit: head });
  });
});

describe('when it is interrupted', () => {
  it('ends at once with 130', async () => {
    const { keys } = await newSignedFleet();
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => {
      silent.close();
    });
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const running = startProgram(process.execPath, [
      program,
      'status',
      '--server',
      `127.0.0.1:${port}`,
      '--identity',
      `${keys}/operator`,
    ]);
    await once(silent, 'connection');
    expect(await running.end('SIGINT')).toEqual({ code: 130, signal: null });
  });
});
