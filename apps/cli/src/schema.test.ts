// SPDX-License-Identifier: Apache-2.0
import { schemas } from '@fairlead/spec';
import { tempDir } from '@fairlead/testing';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { getLanguageService, TextDocument } from 'vscode-json-languageservice';
import { fairlead } from './fairlead.fixture.ts';
import { openInEditor } from './language-server.fixture.ts';

/** A folder with `schemas/<name>.json` as the command writes it. */
async function withSchema(name: string): Promise<string> {
  const dir = await tempDir('schema');
  await mkdir(join(dir, 'schemas'));
  await mkdir(join(dir, 'pods'));
  expect(await fairlead(['schema', name, '--out', `schemas/${name}.json`], { cwd: dir })).toMatchObject({
    code: 0,
  });
  return dir;
}

describe('when a schema is asked for', () => {
  it('is printed as it is shipped, and all are listed without a name', async () => {
    const listed = JSON.parse((await fairlead(['schema', '--output', 'json'])).stdout) as {
      name: string;
      url: string;
    }[];
    expect(listed.map(({ url }) => url)).toEqual([...schemas.keys()]);
    for (const { name, url } of listed) expect(url).toContain(`/${name}/`);
    const { stdout } = await fairlead(['schema', 'running-config']);
    expect(JSON.parse(stdout)).toEqual(schemas.get('https://fairlead.dev/schemas/running-config/v1.json'));
    expect((await fairlead(['schema'])).stdout).toMatch(/^fleet +The fleet: /m);
  });

  it('is misuse where there is none of that name, and says what is near', async () => {
    const { code, stderr } = await fairlead(['schema', 'flet']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("Did you mean 'fleet'?") });
  });
});

describe('when a YAML file names its schema by a relative path', () => {
  const text = [
    '# yaml-language-server: $schema=../schemas/pod.json',
    '$schema: https://fairlead.dev/schemas/pod/v1.json',
    'containers:',
    '  lamp:',
    '    imag: registry.example.org/lamp:1',
    '    runlevel: [1]',
    '    ',
    '',
  ].join('\n');

  it('is checked, completed and explained by the language server of editors', async () => {
    const dir = await withSchema('pod');
    const editor = await openInEditor(dir, 'pods/lamp.yaml', text);
    expect((await editor.problems(true)).toSorted()).toEqual([
      expect.stringMatching(/^4: Property imag is not allowed/),
      expect.stringMatching(/^5: Incorrect type/),
    ]);
    const completed = await editor.complete({ line: 6, character: 4 });
    expect(completed).toContainEqual(
      expect.objectContaining({ label: 'image', documentation: expect.stringContaining('OCI image') }),
    );
    expect(completed.map(({ label }) => label)).not.toContain('containers');
    expect(await editor.hover({ line: 5, character: 6 })).toContain('normal unless said');
    await editor.replace(text.replace('imag:', 'image:').replace('[1]', '1').trimEnd());
    expect(await editor.problems(false)).toEqual([]);
  });
});

describe('when a JSON file names its schema by a relative path', () => {
  it('is checked, completed and explained by the language service of editors', async () => {
    const dir = await withSchema('running-config');
    const uri = pathToFileURL(join(dir, 'running.json')).href;
    const text =
      '{\n  "$schema": "schemas/running-config.json",\n  "config": "running",\n  "jobs": [{ "jbo": "a" }],\n  \n}';
    await writeFile(join(dir, 'running.json'), text);
    const service = getLanguageService({
      schemaRequestService: async (url) => readFile(fileURLToPath(url), 'utf8'),
      workspaceContext: { resolveRelativePath: (path, resource) => new URL(path, resource).href },
    });
    const document = TextDocument.create(uri, 'json', 1, text);
    const json = service.parseJSONDocument(document);
    const found = await service.doValidation(document, json);
    expect(found.map(({ message }) => message)).toEqual(
      expect.arrayContaining([expect.stringContaining('job'), expect.stringContaining('jbo')]),
    );
    const { items = [] } = (await service.doComplete(document, { line: 4, character: 2 }, json)) ?? {};
    expect(items.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['templates', 'images', 'configs']),
    );
    const hover = await service.doHover(document, { line: 3, character: 5 }, json);
    expect(JSON.stringify(hover?.contents)).toContain('what runs');
  });
});
