// SPDX-License-Identifier: Apache-2.0
import { run, runOk, tempDir } from '@fairlead/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fairlead, program } from './fairlead.fixture.ts';

const artemis = 'https://toit.io/schemas/artemis/pod-specification/v1.json';

async function newFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await tempDir('specs');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

const base =
  'containers:\n  app: {entrypoint: src/main, git: }\n  old: {snapshot: old.bin}\nrunning-config: [a.json]\n';

describe('when a pod specification is printed', () => {
  it('is the file alone, or with --flat all that it extends, in a file or on standard output', async () => {
    const cwd = await newFolder({
      'pods/sensor.yaml': 'extends: [../bases/node.yaml]\nname: sensor\ncontainers:\n  old:\n',
      'bases/node.yaml': base,
    });
    const own = await fairlead(['pod', 'print-spec', 'pods/sensor.yaml'], { cwd });
    expect({ code: own.code, value: JSON.parse(own.stdout) }).toEqual({
      code: 0,
      value: { extends: ['../bases/node.yaml'], name: 'sensor', containers: { old: null } },
    });
    await fairlead(['pod', 'print-spec', '--flat', 'pods/sensor.yaml', '--out', 'flat.json'], { cwd });
    expect(JSON.parse(await readFile(join(cwd, 'flat.json'), 'utf8'))).toEqual({
      name: 'sensor',
      containers: { app: { entrypoint: '../bases/src/main' } },
      'running-config': ['../bases/a.json'],
    });
  });

  it("leaves the paths of Artemis's own specifications as they are, since it reads them all from the top file's folder", async () => {
    const cwd = await newFolder({
      'pods/sensor.yaml': `$schema: ${artemis}\nextends: [../bases/node.yaml]\n`,
      'bases/node.yaml': base,
    });
    const { stdout } = await fairlead(['pod', 'print-spec', '--flat', 'pods/sensor.yaml'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ containers: { old: { snapshot: 'old.bin' } } });
    const asOurs = ['pod', 'print-spec', '--flat', '--dialect', 'fairlead', 'pods/sensor.yaml'];
    expect(JSON.parse((await fairlead(asOurs, { cwd })).stdout)).toMatchObject({
      containers: { old: { snapshot: '../bases/old.bin' } },
    });
  });

  it('ends with 1 and the place where a file is broken or missing', async () => {
    const cwd = await newFolder({ 'a.yaml': 'extends: [b.yaml, none.yaml]\n', 'b.yaml': 'name: [\n' });
    const { code, stdout } = await fairlead(['pod', 'print-spec', '--flat', 'a.yaml', '--output', 'json'], {
      cwd,
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      diagnostics: [
        { file: 'a.yaml', line: 1, column: 19, code: 'file-missing' },
        { file: 'b.yaml', code: 'yaml-syntax', message: expect.stringContaining('Extended by a.yaml') },
      ],
    });
    expect((await fairlead(['pod', 'print-spec', 'none.yaml'], { cwd })).stderr).toMatch(
      /there is no file none.yaml/,
    );
  });
});

describe('when pod specifications are checked, in no repository', () => {
  const ours = '$schema: https://fairlead.dev/schemas/pod/v1.json\n';
  const check = async (cwd: string, ...args: readonly string[]) => {
    const { code, stdout } = await fairlead(['pod', 'check', ...args, '--output', 'json'], { cwd });
    return { code, answer: JSON.parse(stdout) as unknown };
  };

  it('tells of each what it says with all that it extends, or what is wrong in which file', async () => {
    const cwd = await newFolder({
      'pods/sensor.yaml': `${ours}extends: [../bases/node.yaml]\n`,
      'pods/bad.yaml': `${ours}extends: [../bases/bad.yaml]\n`,
      'bases/node.yaml': 'containers: {app: {entrypoint: src/main.js, critical: true}}\n',
      'bases/bad.yaml': 'containers: {app: {entrypoint: a, interval: 20s}}\n',
    });
    expect(await check(cwd, 'pods/bad.yaml', 'pods/sensor.yaml')).toMatchObject({
      code: 1,
      answer: [
        {
          file: 'pods/bad.yaml',
          ok: false,
          diagnostics: [{ file: 'bases/bad.yaml', line: 1, column: 35, code: 'unknown-key' }],
          value: null,
        },
        {
          file: 'pods/sensor.yaml',
          ok: true,
          diagnostics: [],
          value: {
            name: 'sensor',
            containers: { app: { entrypoint: '../bases/src/main.js', runlevel: 1, critical: true } },
          },
        },
      ],
    });
  });

  it('looks into settings and placeholders too, and shows no secret', async () => {
    const cwd = await newFolder({
      'a.yaml': `${ours}connections:\n  - {type: wifi, ssid: a, password: hunter2}\n`,
      'b.yaml': `${ours}containers: {a: {image: 'a:1', settings: {prvileged: true}}}\n`,
      'c.yaml': `${ours}containers: {a: {image: '{{vras.A}}', settings: {binds: ['{{vars.B}}']}}}\n`,
    });
    const { code, stdout } = await fairlead(['pod', 'check', 'a.yaml', 'b.yaml', 'c.yaml'], { cwd });
    expect(code).toBe(1);
    expect(stdout).toMatch(/a\.yaml:3:37: error: .*\[plain-secret\]/);
    expect(stdout).not.toContain('hunter2');
    expect(stdout).toMatch(/b\.yaml:2:\d+: error: .*prvileged.*\n(.*\n){2} {2}hint: .*privileged/);
    expect(stdout).toMatch(/c\.yaml:2:\d+: error: .*\{\{vras\.A\}\}.*\[placeholder-unknown\]/);
    expect(stdout).toMatch(/3 errors, 1 note in 3 files/);
  });

  it("reads Artemis's as Artemis does, by their $schema or where it is said", async () => {
    const artemisPod =
      'artemis-version: v1\nsdk-version: v2.0.0\ncontainers: {a: {snapshot: s, interval: 1s}}\n';
    const cwd = await newFolder({
      'named.yaml': `$schema: ${artemis}\n${artemisPod}`,
      'bare.yaml': artemisPod,
    });
    const warnings = [
      {
        severity: 'warning',
        message: "Implicit envelope 'esp32' is deprecated. Please specify 'firmware-envelope'.",
      },
      { severity: 'warning', message: 'Unused entry in container a: interval' },
    ];
    expect(await check(cwd, 'named.yaml')).toMatchObject({
      code: 0,
      answer: [{ ok: true, diagnostics: warnings, value: { containers: { a: { triggers: ['boot'] } } } }],
    });
    expect(await check(cwd, 'bare.yaml', '--dialect', 'artemis')).toMatchObject({
      code: 1,
      answer: [
        { diagnostics: [warnings[0], { message: 'Missing $schema in pod specification.' }, warnings[1]] },
      ],
    });
    expect(await check(cwd, 'named.yaml', '--dialect', 'fairlead')).toMatchObject({
      code: 1,
      answer: [{ ok: false }],
    });
  });
});

describe('when a specification comes from no file', () => {
  it('is read from standard input, or from what the shell hands over', async () => {
    const cwd = await newFolder({
      'base.yaml': base,
      'main.json': '{"name": "main", "extends": ["base.yaml"]}',
    });
    const shell = (line: string) => run('bash', ['-c', line, 'fairlead', process.execPath, program], { cwd });
    for (const line of [
      '"$@" pod print-spec - < main.json',
      'cat main.json | "$@" pod print-spec -',
      'cat main.json | "$@" pod print-spec /dev/stdin',
      '"$@" pod print-spec <(sleep 0.1; cat main.json)',
    ])
      expect(JSON.parse((await shell(line)).stdout), line).toMatchObject({ name: 'main' });
  });

  it('is not waited for at a pipe that nobody opens, nor once the program is told to end', async () => {
    const cwd = await newFolder({});
    await runOk('mkfifo', [join(cwd, 'pipe.yaml')]);
    expect(await fairlead(['pod', 'check', 'pipe.yaml'], { cwd })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('file-missing'),
    });
    const child = spawn(process.execPath, [program, 'pod', 'check', '-'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(child, 'exit');
    // More than a pipe holds: once it is taken, the program reads, and waits for the rest.
    await new Promise((resolve) => child.stdin.write(' '.repeat(2 ** 19), resolve));
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
