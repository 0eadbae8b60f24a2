// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { tempDir } from '@fairlead/testing';
import { mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  choiceFlag,
  defineCommand,
  durationFlag,
  exitCode,
  optionalText,
  requiredText,
  runCommandLine,
  switchFlag,
  textWithDefault,
  type ProgramSpec,
} from './index.ts';

const show = defineCommand({
  name: 'thing show',
  summary: 'Show a thing',
  examples: ['demo thing show --repo /srv/fleet'],
  args: '[name]',
  flags: {
    repo: textWithDefault('--repo <dir>', 'repository', '.'),
    tokenFile: optionalText('--token-file <file>', 'token'),
    expires: durationFlag('--expires <duration>', 'life', '24h'),
    level: choiceFlag('--level <level>', 'detail', ['low', 'high']),
    force: switchFlag('--force', 'do it'),
  },
  forms: ['table'],
  async run({ flags, args }, context) {
    const forms = { table: () => `| ${flags.repo} |` };
    await context.answer({
      json: { ...flags, args },
      text: `repo ${flags.repo}${context.terminal.isTerminal.stdout ? ' for a person' : ''}`,
      forms,
    });
    return exitCode.done;
  },
});
const make = defineCommand({
  name: 'thing make',
  summary: 'Make a thing',
  examples: ['demo thing make --dir x --size 3'],
  flags: { dir: requiredText('--dir <dir>', 'folder'), size: requiredText('--size <n>', 'size') },
  run: async () => exitCode.done,
});
const fail = defineCommand({
  name: 'fail',
  summary: 'Fail',
  examples: ['demo fail no-server'],
  args: '<code>',
  flags: {},
  run: async ({ args }) => {
    if (args[0] === 'bug') throw new TypeError('oops');
    throw new FairleadError({
      code: args[0] === 'refused' ? 'bad-signature' : 'no-server',
      message: 'it did not work',
    });
  },
});
const spec: ProgramSpec = {
  name: 'demo',
  version: '1.2.3',
  summary: 'A program',
  commands: [show, make, fail],
  groups: { thing: 'Things' },
};

async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}, terminals = false) {
  let stdout = '';
  let stderr = '';
  const code = await runCommandLine(
    spec,
    argv,
    {
      env,
      isTerminal: { stdout: terminals, stderr: terminals },
      out: (text) => {
        stdout += text;
      },
      err: (text) => {
        stderr += text;
      },
    },
    new AbortController().signal,
  );
  return { code, stdout, stderr };
}

const shown = async (...rest: Parameters<typeof run>) => JSON.parse((await run(...rest)).stdout);

describe('when a flag is given in several places', () => {
  it('takes the command line over the environment over the file over the default', async () => {
    const file = join(await tempDir('config'), 'config.json');
    await writeFile(file, JSON.stringify({ repo: '/file', output: 'json', force: true, 'token-file': 't' }));
    const argv = ['thing', 'show', '--config', file];
    const env = { FAIRLEAD_REPO: '/env', FAIRLEAD_EXPIRES: '1h 30m' };
    expect(await shown([...argv, '--repo', '/flag'], env)).toMatchObject({
      repo: '/flag',
      expires: 5_400_000,
    });
    expect(await shown(argv, env)).toMatchObject({ repo: '/env', force: true, tokenFile: 't', level: 'low' });
    expect(await shown(argv)).toMatchObject({ repo: '/file', expires: 86_400_000 });
    expect(await shown(['thing', 'show', '--output', 'json'])).toEqual({
      repo: '.',
      expires: 86_400_000,
      level: 'low',
      force: false,
      args: [],
    });
  });

  it('takes the file and the form of the answer from the environment too', async () => {
    const file = join(await tempDir('config'), 'config.json');
    await writeFile(file, JSON.stringify({ level: 'high' }));
    expect(
      await shown(['thing', 'show', 'x'], {
        FAIRLEAD_CONFIG: file,
        FAIRLEAD_OUTPUT: 'json',
        FAIRLEAD_FORCE: '0',
      }),
    ).toMatchObject({
      level: 'high',
      force: false,
      args: ['x'],
    });
  });

  it('calls a switch off where a file or the environment says so', async () => {
    const file = join(await tempDir('config'), 'config.json');
    await writeFile(file, JSON.stringify({ force: true }));
    const argv = ['thing', 'show', '--config', file, '--output', 'json'];
    expect(await shown(argv, { FAIRLEAD_FORCE: 'false' })).toMatchObject({ force: false });
    expect(await shown([...argv, '--force'], { FAIRLEAD_FORCE: 'false' })).toMatchObject({ force: true });
  });
});

describe('when a program is misused', () => {
  it.each([
    [['thing', 'show', '--no-such']],
    [['thing', 'show', 'one', 'two']],
    [['thing', 'show', '--level', 'middle']],
    [['thing', 'make']],
    [['no-such']],
    [['thing']],
    [['fail']],
    [[]],
  ])('ends with 2 and says why on standard error: %j', async (argv) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: exitCode.misuse, stdout: '' });
    expect(stderr).not.toBe('');
  });

  it('names everything that is missing or wrong at once', async () => {
    const { stdout } = await run(['thing', 'make', '--output', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'misuse', message: '--dir is missing; --size is missing' },
    });
  });

  it('answers in JSON where that was asked for, wherever the mistake is', async () => {
    const { code, stdout, stderr } = await run(['thing', 'show', '--no-such', '--output', 'json']);
    expect({ code, stderr }).toEqual({ code: exitCode.misuse, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'misuse' } });
  });

  it('refuses a configuration file with unknown keys, or that is none', async () => {
    const file = join(await tempDir('config'), 'config.json');
    await writeFile(file, JSON.stringify({ repoo: '/x' }));
    expect(await run(['thing', 'show', '--config', file])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('repoo'),
    });
    await writeFile(file, '[]');
    expect(await run(['thing', 'show', '--config', file])).toMatchObject({ code: 2 });
    await writeFile(file, JSON.stringify({ repo: ['x'] }));
    expect(await run(['thing', 'show', '--config', file])).toMatchObject({ code: 2 });
    expect(await run(['thing', 'show', '--config', `${file}.not`])).toMatchObject({
      code: exitCode.unavailable,
    });
  });
});

describe('when a program fails', () => {
  it('says code and hint, and ends as the code says', async () => {
    const { code, stdout, stderr } = await run(['fail', 'down']);
    expect({ code, stdout }).toEqual({ code: exitCode.unavailable, stdout: '' });
    expect(stderr).toBe('error: it did not work [no-server]\nhint: Check --server and the network.\n');
    expect(await run(['fail', 'refused'])).toMatchObject({ code: exitCode.no });
  });

  it('prints one object with --output json, and colours only for people', async () => {
    const { stdout } = await run(['fail', 'down', '--output', 'json'], {}, true);
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 'no-server', message: 'it did not work', hint: 'Check --server and the network.' },
    });
    expect((await run(['fail', 'down'], {}, true)).stderr).toContain('\u001b[31m');
    expect((await run(['fail', 'down'], { NO_COLOR: '1' }, true)).stderr).not.toContain('\u001b');
  });

  it('calls what is our fault internal', async () => {
    expect(await run(['fail', 'bug'])).toMatchObject({
      code: exitCode.no,
      stderr: expect.stringContaining('oops [internal]'),
    });
  });
});

describe('when a program explains itself', () => {
  it('prints help with examples on standard output', async () => {
    const { code, stdout } = await run(['thing', 'show', '--help']);
    expect(code).toBe(exitCode.done);
    for (const text of [
      'demo thing show --repo /srv/fleet',
      '--token-file <file>',
      '(default: 24h)',
      'FAIRLEAD_<FLAG>',
      '-o, --out <file>',
    ]) {
      expect(stdout).toContain(text);
    }
    expect((await run(['--help'])).stdout).toContain('Things');
  });

  it('prints its version', async () => {
    expect(await run(['--version'])).toMatchObject({ code: exitCode.done, stdout: '1.2.3\n' });
  });
});

describe('when a command has forms of its own', () => {
  it('answers in them, says them in its help, and no other command takes them', async () => {
    expect(await run(['thing', 'show', '--output', 'table'])).toMatchObject({ code: 0, stdout: '| . |\n' });
    expect((await run(['thing', 'show', '--help'])).stdout).toMatch(/text,\s+json,\s+table/);
    expect(await run(['fail', 'down', '--output', 'table'])).toMatchObject({
      code: exitCode.misuse,
      stderr: expect.stringContaining('not one of: text, json'),
    });
  });
});

describe('when an answer goes to a file', () => {
  it('is whole there, and not on standard output', async () => {
    const file = join(await tempDir('out'), 'answer.txt');
    expect(await run(['thing', 'show', '-o', file])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(file, 'utf8')).toBe('repo .\n');
    expect((await run(['thing', 'show'], {}, true)).stdout).toBe('repo . for a person\n');
    await run(['thing', 'show', '-o', file], {}, true);
    expect(await readFile(file, 'utf8')).toBe('repo .\n');
    expect(await run(['thing', 'show', '-o', join(file, 'x')])).toMatchObject({ code: exitCode.unavailable });
  });

  it('takes the place of the old one at once, with its mode, where a link leads', async () => {
    const dir = await tempDir('out');
    const [file, link] = [join(dir, 'answer.txt'), join(dir, 'link')];
    await writeFile(file, 'old', { mode: 0o640 });
    await symlink(file, link);
    const reader = await open(file);
    onTestFinished(() => reader.close());
    expect((await run(['thing', 'show', '-o', link])).code).toBe(0);
    // Whoever was reading the old one reads it to its end.
    expect(await reader.readFile('utf8')).toBe('old');
    expect(await readFile(file, 'utf8')).toBe('repo .\n');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await readdir(dir)).sort()).toEqual(['answer.txt', 'link']);
  });

  it('is left as it was where there is no room', async () => {
    const dir = await tempDir('out');
    const shown = await run(['thing', 'show', '-o', '/dev/full']);
    expect(shown).toMatchObject({
      code: exitCode.unavailable,
      stderr: expect.stringContaining('storage-failed'),
    });
    await mkdir(join(dir, 'taken'));
    expect((await run(['thing', 'show', '-o', join(dir, 'taken')])).code).toBe(exitCode.unavailable);
    expect(await readdir(dir)).toEqual(['taken']);
  });
});
