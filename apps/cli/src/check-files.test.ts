// SPDX-License-Identifier: Apache-2.0
import { tempDir } from '@fairlead/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fairlead } from './fairlead.fixture.ts';

const good = '{"config":"running","jobs":[{"job":"a","exec_cmd":"/a"}]}\n';
const bad =
  '{\n  "config": "running",\n  "jobs": [{ "job": "a", "depends_on": ["a"], "exec_cmd": "/a" }]\n}\n';

async function folder(): Promise<string> {
  const cwd = await tempDir('files');
  await writeFile(join(cwd, 'good.json'), good);
  await writeFile(join(cwd, 'bad.json'), bad);
  await writeFile(join(cwd, 'large.json'), ' '.repeat(2 ** 20 + 1));
  return cwd;
}

describe('when single files are checked, in no repository', () => {
  it('answers for each in the order of the arguments, and ends with 1 if one has an error', async () => {
    const cwd = await folder();
    const files = ['bad.json', 'good.json', 'none.json', 'large.json'];
    const { code, stdout } = await fairlead(['running', 'check', ...files, '--output', 'json'], { cwd });
    const error = (more: object) => [expect.objectContaining({ severity: 'error', ...more })];
    expect({ code, answer: JSON.parse(stdout) }).toEqual({
      code: 1,
      answer: [
        {
          file: 'bad.json',
          ok: false,
          diagnostics: error({ file: 'bad.json', line: 3, code: 'dependency-cycle' }),
          value: null,
        },
        {
          file: 'good.json',
          ok: true,
          diagnostics: [],
          value: expect.objectContaining({ config: 'running' }),
        },
        { file: 'none.json', ok: false, diagnostics: error({ code: 'file-missing' }), value: null },
        { file: 'large.json', ok: false, diagnostics: error({ code: 'file-too-large' }), value: null },
      ],
    });
  });

  it('shows the source line, and counts over all files', async () => {
    const cwd = await folder();
    const { code, stdout } = await fairlead(['running', 'check', 'good.json', 'bad.json'], { cwd });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^bad\.json:3:\d+: error: .*\n {2}3 \| .*"depends_on".*\n {4}\| +\^+$/m);
    expect(stdout).toMatch(/\n1 error in 2 files\n$/);
  });

  it('says that all is well, in every form', async () => {
    const cwd = await folder();
    const check = async (...more: readonly string[]) =>
      fairlead(['running', 'check', 'good.json', ...more], { cwd });
    const text = { code: 0, stdout: 'no errors in good.json\n', stderr: '' };
    expect(await check()).toEqual(text);
    expect(await check('--output', 'github')).toEqual(text);
    const { code, stdout } = await check('--output', 'sarif');
    expect({ code, sarif: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      sarif: { runs: [{ results: [] }] },
    });
  });

  it('reads desired states of Kanto, writes their defaults out, and loses nothing of a long answer', async () => {
    const cwd = await folder();
    const components = Array.from({ length: 300 }, (_, index) => ({ id: `c${String(index)}`, version: '1' }));
    await writeFile(join(cwd, 'd.json'), JSON.stringify({ domains: [{ id: 'containers', components }] }));
    const { code, stdout } = await fairlead(['desired-state', 'check', 'd.json', '--output', 'json'], {
      cwd,
    });
    expect(stdout.length).toBeGreaterThan(2 ** 17);
    const [{ value }] = JSON.parse(stdout);
    expect({ code, count: value.domains[0].components.length }).toEqual({ code: 0, count: 300 });
    expect(value.domains[0].components[299].config).toContainEqual({
      key: 'restartPolicy',
      value: 'unless-stopped',
    });
  });

  it('is misuse without a file', async () => {
    expect((await fairlead(['running', 'check'])).code).toBe(2);
  });
});
