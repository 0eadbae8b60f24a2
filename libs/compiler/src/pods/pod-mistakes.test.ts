// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { commitOf, fleetId, told, type Files } from '../commit.fixture.ts';
import { createCompiler } from '../compiler.ts';
import { app, lockOf, podFleet, schemaLine } from './pod.fixture.ts';

describe('when something of a pod is wrong', () => {
  const base = `${schemaLine}containers: {a: {image: app:1, backgruond: true}}\n`;

  it('is told once where it stands, however many pods and groups have it', async () => {
    const extending = 'extends: [base.yaml]\n';
    const files: Files = {
      ...podFleet(extending, {
        'pods/base.yaml': base,
        'pods/y.yaml': extending,
        'pods/draft.yaml': extending,
      }),
      'fleet.json': {
        id: fleetId,
        groups: { g: { pod: './pods/x.yaml' }, h: { pod: './pods/y.yaml' }, i: { pod: './pods/x.yaml' } },
      },
    };
    expect(await told(files)).toEqual([
      'error reference-unlocked pods/base.yaml:2',
      'error unknown-key pods/base.yaml:2',
    ]);
  });

  it('is a warning where no group names the pod, and a base is not taken for a pod', async () => {
    const files = podFleet('extends: [part.yaml]\n', {
      'pods/part.yaml': 'containers: {}\n',
      'pods/draft.yaml': 'extends: [more.yaml]\nwat: 1\n',
      'pods/more.yaml': 'name: more\n',
      'pods/loop.yaml': 'extends: [loop.yaml]\n',
    });
    expect(await told(files)).toEqual([
      'warning missing-key pods/draft.yaml:1',
      'warning unknown-key pods/draft.yaml:2',
      'warning extends-cycle pods/loop.yaml:1',
    ]);
    expect((await createCompiler().compile(commitOf(files))).kind).toBe('compiled');
  });

  it.each<readonly [string, string, Files, string]>([
    ['a base that is not there', 'extends: [gone.yaml]\n', {}, 'file-missing pods/x.yaml:2'],
    ['a base outside', 'extends: [../../x.yaml]\n', {}, 'path-unsafe pods/x.yaml:2'],
    [
      'an image that is no reference',
      'containers: {a: {image: "App:1"}}\n',
      {},
      'invalid-value pods/x.yaml:2',
    ],
    [
      'an image that is not locked',
      'containers: {a: {image: app:1}}\n',
      {},
      'reference-unlocked pods/x.yaml:2',
    ],
    ['firmware that is not there', 'containers: {a: {firmware: a.elf}}\n', {}, 'file-missing pods/x.yaml:2'],
    ['firmware outside', 'containers: {a: {firmware: ../../a}}\n', {}, 'path-unsafe pods/x.yaml:2'],
    [
      'firmware that lies elsewhere',
      'containers: {a: {firmware: a.elf}}\n',
      { 'pods/a.elf': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n' },
      'lfs-pointer pods/a.elf:1',
    ],
    [
      'a path that differs between devices',
      "containers: {a: {firmware: '{{vars.B}}.elf'}}\n",
      {},
      'placeholder-misplaced pods/x.yaml:2',
    ],
    ['a placeholder', "containers: {a: {image: '{{NOPE}}'}}\n", {}, 'placeholder-unknown pods/x.yaml:2'],
    [
      'a secret in a list of processes',
      "containers: {a: {image: app:1, arguments: ['{{secrets.KEY}}']}}\n",
      lockOf([app]),
      'secret-exposed pods/x.yaml:2',
    ],
  ])('is refused: %s', async (_what, pod, files, problem) => {
    expect(await told(podFleet(pod, files))).toEqual([`error ${problem}`]);
  });

  it('does not hide what is wrong elsewhere', async () => {
    const running = {
      config: 'running',
      jobs: [{ job: 'a' }, { job: 'b', exec_cmd: 'x', depends_on: ['web'] }],
    };
    const files = podFleet(
      'wat: 1\n',
      { 'running/r.json': running },
      { 'running-config': ['running/r.json'] },
    );
    expect(await told(files)).toEqual([
      'error unknown-key pods/x.yaml:2',
      'error missing-command running/r.json:4',
      'error dependency-unknown running/r.json:11',
    ]);
  });

  it('tells no consequences of it', async () => {
    const lock = lockOf([app]);
    const requiring = 'b: {image: app:1, requires: [a]}';
    const pods: readonly (readonly [pod: string, problem: string])[] = [
      [`containers: {a: {imag: app:1}, ${requiring}}\n`, 'unknown-key pods/x.yaml:2'],
      [`containers: {a: {background: true}, ${requiring}}\n`, 'missing-key pods/x.yaml:2'],
      [`containers: {a: 5, ${requiring}}\n`, 'wrong-type pods/x.yaml:2'],
      [`containers: {a b: {image: app:1}, b: {image: app:1}}\n`, 'invalid-name pods/x.yaml:2'],
      [
        `extends: [gone.yaml]\ncontainers: {${requiring}, c: {arguments: [x]}}\n`,
        'file-missing pods/x.yaml:2',
      ],
      [`running-config: [5]\ncontainers: {${requiring}}\n`, 'wrong-type pods/x.yaml:2'],
      [`contaners: {a: {image: app:1}}\nremove-containers: [z]\n`, 'unknown-key pods/x.yaml:2'],
      ['containers: {a: {firmware: /a.elf}}\n', 'path-unsafe pods/x.yaml:2'],
    ];
    for (const [pod, problem] of pods)
      expect(await told(podFleet(pod, lock)), pod).toEqual([`error ${problem}`]);
  });

  it('shows an item of a list where it stands, whatever is wrong with others', async () => {
    const pod =
      'containers:\n  a:\n    image: app:1\n    requires:\n      - 5\n      - a1\n      - a1\n      - b\n';
    expect(await told(podFleet(pod, lockOf([app])))).toEqual([
      'error wrong-type pods/x.yaml:6',
      'error dependency-unknown pods/x.yaml:7',
      'error dependency-unknown pods/x.yaml:9',
    ]);
  });

  it('refuses a file that is too large, as what it is', async () => {
    const files = podFleet('extends: [big.yaml]\n', { 'pods/big.yaml': '#'.repeat(2 ** 20 + 1) });
    expect(await told(files)).toEqual(['error file-too-large pods/big.yaml:1']);
  });
});
