// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { podDiagnostics } from './flatten-pod.ts';
import { readPodFiles, schemaLine } from './pod-files.fixture.ts';
import { printPod } from './print-pod.ts';

const mebi = 2 ** 20;
const codes = async (files: Readonly<Record<string, string>>): Promise<ReadonlySet<string>> => {
  const found = podDiagnostics(await readPodFiles(files));
  expect(found.length).toBeLessThanOrEqual(2_010);
  return new Set(found.map(({ code }) => code));
};
const containers = (inner: string): string => `${schemaLine}containers:\n${inner}`;

describe('when a pod specification is made to hurt', () => {
  it.each([
    [
      'aliases of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.replace(/./g, (c) => `${c}: &${c} [${`*${String.fromCharCode(c.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      'too-many',
    ],
    ['nesting', `a: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n`, 'json-too-deep'],
    ['a key of a mebibyte', `? ${'k'.repeat(mebi - 200)}\n: 1\n`, 'unknown-key'],
    ['a duration of blanks', `max-offline: '1h${' '.repeat(mebi / 2)}x'\n`, 'invalid-value'],
    ['a duration of digits', `max-offline: '${'1'.repeat(mebi / 2)}h'\n`, 'invalid-value'],
    ['a text that looks like variables', `name: '${'{{ vars.'.repeat(mebi / 16)}'\n`, 'invalid-value'],
  ])('refuses %s', async (_what, text, code) => {
    expect(await codes({ 'main.yaml': `${schemaLine}${text}` })).toContain(code);
  });

  it('tells of thousands of faults the first thousand, and that there are more', async () => {
    const triggers = `[${'boot, '.repeat(1_500)}boot]`;
    expect(await codes({ 'main.yaml': containers(`  a: {image: i, triggers: ${triggers}}\n`) })).toEqual(
      new Set(['conflicting-settings', 'too-many']),
    );
    const many = Array.from({ length: 1_500 }, (_, n) => `  c${String(n)}: {interval: 1s}\n`).join('');
    expect(await codes({ 'main.yaml': containers(many) })).toEqual(
      new Set(['unknown-key', 'missing-key', 'too-many']),
    );
    expect(
      await codes({ 'main.yaml': `version: 1\n${containers(many).slice(schemaLine.length)}` }),
    ).toContain('too-many');
  });

  it('reads no more where many files hold too much', async () => {
    const bases = Array.from({ length: 50 }, (_, n) => `${String(n)}.yaml`);
    const big = `x-a: '${'a'.repeat(2 ** 15)}'\n`;
    const files = Object.fromEntries(bases.map((path) => [path, big]));
    expect(await codes({ ...files, 'main.yaml': `${schemaLine}extends: [${bases.join()}]\n` })).toEqual(
      new Set(['too-many']),
    );
  });

  it('takes names that mean something to the language for names', async () => {
    const text = containers(
      '  __proto__: {image: a, x-b: {__proto__: 1}}\n  constructor: {image: b, toString: c}\n',
    );
    const found = podDiagnostics(await readPodFiles({ 'main.yaml': text }));
    expect(found.map(({ code, line }) => [code, line])).toEqual([
      ['invalid-name', 3],
      ['unknown-key', 4],
    ]);
    const { value } = await readPodFiles({
      'main.yaml': containers('  constructor: {image: b, settings: {__proto__: {a: 1}}}\n'),
    });
    const printed = value === undefined ? '' : JSON.stringify(printPod(value));
    expect(printed).toContain('"settings":{"__proto__":{"a":1}}');
  });
});
