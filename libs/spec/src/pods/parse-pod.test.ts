// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { podDiagnostics } from './flatten-pod.ts';
import { printPod } from './print-pod.ts';
import { readPodFiles, schemaLine } from './pod-files.fixture.ts';

const told = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  podDiagnostics(await readPodFiles(files)).map(
    ({ file, line, column, severity, code }) =>
      `${file}:${String(line)}:${String(column)} ${severity} ${code}`,
  );
const whole = async (yaml: string) => {
  const { value } = await readPodFiles({ 'main.yaml': `${schemaLine}${yaml}` });
  return value === undefined ? undefined : printPod(value);
};

describe('when a pod specification is read', () => {
  it('says what holds where the file says nothing', async () => {
    expect(await whole('containers: {app: {entrypoint: main.js}}\n')).toEqual({
      $schema: 'https://fairlead.dev/schemas/pod/v1.json',
      name: 'main',
      'max-offline': '0s',
      connections: [],
      containers: {
        app: {
          entrypoint: 'main.js',
          arguments: [],
          triggers: ['boot'],
          runlevel: 3,
          background: false,
          critical: false,
          requires: [],
          resources: {},
        },
      },
      'running-config': [],
      'remove-containers': [],
    });
  });

  it('takes every key of the language', async () => {
    expect(
      await whole(`name: sensor
max-offline: 2 h 30m
connections:
  - {type: wifi, ssid: shed, password: '{{secrets.WIFI}}'}
  - {type: wifi, config: provisioned}
  - {type: cellular, config: {cellular.apn: a}, requires: [modem]}
  - {type: ethernet}
containers:
  modem: {image: 'e.org/modem:1', critical: true, runlevel: priority, settings: {tty: true}, required-tags: [base], purge-data: true, update: hand-over}
  core: {firmware: core.elf, processor: r5, recovery: enabled, health: {rpmsg: echo, window: 1m}}
  app:
    entrypoint: src/main.js
    git: https://e.org/app.git
    branch: main
    arguments: [a, '{{CONFIG}}']
    requires: [modem, core, modem]
    triggers: [{interval: 90s}, boot]
    background: true
    resources: {memory: 64Mi, cpus: '0.5', pids: 10}
    health: {tcp: 80, interval: 1m, timeout: 500ms, retries: 1, start-period: 5s}
running-config: [more.json]
remove-containers: [old]
`),
    ).toMatchObject({
      name: 'sensor',
      'max-offline': '2h 30m',
      containers: {
        modem: { critical: true, runlevel: 2, update: 'hand-over', 'required-tags': ['base'] },
        core: {
          recovery: 'enabled',
          health: { rpmsg: 'echo', interval: '10s', timeout: '5s', window: '1m' },
        },
        app: {
          git: 'https://e.org/app.git',
          requires: ['modem', 'core'],
          triggers: ['boot', { interval: '1m 30s' }],
          resources: { memory: 2 ** 26, cpus: 0.5, pids: 10 },
          health: { tcp: '127.0.0.1:80', timeout: '500ms', retries: 1, 'start-period': '5s' },
        },
      },
    });
  });
});

describe('when a pod specification is wrong', () => {
  it.each([
    ['no kind', 'app: {arguments: []}', '3:8 error missing-key'],
    ['two kinds', 'app: {entrypoint: a, image: b}', '3:24 error conflicting-settings'],
    ['a key of another kind', 'app: {entrypoint: a, update: hand-over}', '3:24 error missing-key'],
    ['git without branch', 'app: {entrypoint: a, git: u}', '3:24 error missing-key'],
    ['a way out of the checkout', 'app: {entrypoint: ../a, git: u, branch: b}', '3:21 error path-unsafe'],
    [
      'critical with triggers',
      'app: {image: a, critical: true, triggers: []}',
      '3:35 error conflicting-settings',
    ],
    [
      'two intervals',
      'app: {image: a, triggers: [interval: 1s, interval: 2s]}',
      '3:44 error conflicting-settings',
    ],
    ['a trigger twice', 'app: {image: a, triggers: [boot, boot]}', '3:36 error conflicting-settings'],
    ['an unknown trigger', 'app: {image: a, triggers: [gong]}', '3:30 error invalid-value'],
    ['a pin', 'app: {image: a, triggers: [gpio: [{pin: 1}]]}', '3:30 error trigger-unsupported'],
    ['a word as a map', 'app: {image: a, triggers: [boot: true]}', '3:30 error unknown-key'],
    ['no duration', 'app: {image: a, triggers: [interval: 1d]}', '3:40 error invalid-value'],
    ['a level too high', 'app: {image: a, runlevel: 4}', '3:29 error invalid-value'],
    ['a name that is none', '-app: {image: a}', '3:3 error invalid-name'],
    ['an interval beside the triggers', 'app: {image: a, interval: 20s}', '3:19 error unknown-key'],
    ['flags for a compiler', 'app: {entrypoint: a, compile-flags: []}', '3:24 error unknown-key'],
    ['two probes', 'app: {image: a, health: {tcp: 1, rpmsg: b}}', '3:36 error conflicting-settings'],
    ['no port', "app: {image: a, health: {tcp: 'h:65536'}}", '3:33 error invalid-value'],
    ['a period of nothing', 'app: {image: a, health: {tcp: 1, interval: 0s}}', '3:46 error invalid-value'],
    ['no memory', 'app: {image: a, resources: {memory: 0}}', '3:39 error invalid-value'],
  ])('refuses %s', async (_what, container, problem) => {
    expect(await told({ 'main.yaml': `${schemaLine}containers:\n  ${container}\n` })).toEqual([
      `main.yaml:${problem}`,
    ]);
  });

  it.each([
    ['no $schema', '', 'name: a\n', ['1:1 error missing-key']],
    ['the $schema of something else', '$schema: https://e.org\n', '', ['1:10 error invalid-value']],
    [
      'a password in plain text',
      schemaLine,
      'connections: [{type: wifi, ssid: a, password: b}]\n',
      ['2:1 note no-effect', '2:47 error plain-secret'],
    ],
    [
      'a network without a name',
      schemaLine,
      'connections: [{type: wifi}]\n',
      ['2:1 note no-effect', '2:15 error missing-key'],
    ],
    [
      'a kind of network that does not exist',
      schemaLine,
      'connections: [{type: wire}]\n',
      ['2:1 note no-effect', '2:22 error invalid-value'],
    ],
    [
      'a driver that is not there',
      schemaLine,
      'connections: [{type: ethernet, requires: [a]}]\n',
      ['2:1 note no-effect', '2:43 error container-undefined'],
    ],
    [
      'both names of containers',
      schemaLine,
      'containers: {}\napps: {}\n',
      ['3:1 error conflicting-settings'],
    ],
    [
      'an SDK',
      schemaLine,
      'sdk-version: v2\nchip: esp32\n',
      ['2:1 error unknown-key', '3:1 error unknown-key'],
    ],
  ])('refuses %s', async (_what, first, rest, problems) => {
    expect(await told({ 'main.yaml': `${first}${rest}` })).toEqual(problems.map((one) => `main.yaml:${one}`));
  });

  it('says so in the file that holds it, with the files that led there', async () => {
    const files = {
      'main.yaml': 'extends: [base.yaml]\ncontainers: {app: {critical: true}}\n',
      'base.yaml': `${schemaLine}containers: {app: {image: a, triggers: [boot], backgruond: true}}\n`,
    };
    expect(await told(files)).toEqual([
      'base.yaml:2:30 error conflicting-settings',
      'base.yaml:2:48 error unknown-key',
    ]);
    expect(podDiagnostics(await readPodFiles(files))[1]).toMatchObject({
      message: "the key 'backgruond' is not known here\n  - Extended by main.yaml.",
      hint: expect.stringContaining("'background'"),
    });
  });

  it('never repeats a password', async () => {
    const pod = await readPodFiles({
      'main.yaml': `${schemaLine}connections: [{type: wifi, ssid: a, password: hunter2}]\n`,
    });
    const [, found] = podDiagnostics(pod);
    expect(found?.hint).toContain('{{secrets.');
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});

describe('when a text holds a variable', () => {
  const yaml = `max-offline: '{{vars.AWAY}}'
apps:
  app: {image: 'e.org/{{vars.APP}}', runlevel: '{{vars.LEVEL}}', triggers: [{interval: '{{ vars.PERIOD }}'}, install], resources: {memory: '{{vars.MEMORY}}'}}
`;

  it('is not judged by its form, and stays where it stands', async () => {
    expect(await whole(yaml)).toMatchObject({
      'max-offline': '{{vars.AWAY}}',
      containers: {
        app: {
          image: 'e.org/{{vars.APP}}',
          runlevel: '{{vars.LEVEL}}',
          triggers: ['install', { interval: '{{ vars.PERIOD }}' }],
          resources: { memory: '{{vars.MEMORY}}' },
        },
      },
    });
  });

  it('is named with its place, so that none is deployed open', async () => {
    const { value, originOf } = await readPodFiles({ 'main.yaml': `${schemaLine}${yaml}` });
    expect(value?.open.map(({ origin }) => origin.pointer)).toEqual([
      '/max-offline',
      '/apps/app/triggers/0/interval',
      '/apps/app/runlevel',
      '/apps/app/resources/memory',
    ]);
    expect(originOf('/containers/app/image')).toEqual({ file: 'main.yaml', pointer: '/apps/app/image' });
  });
});
