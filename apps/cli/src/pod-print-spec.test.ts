// SPDX-License-Identifier: Apache-2.0
import { tempDir } from '@fairlead/testing';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fairlead } from './fairlead.fixture.ts';

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
