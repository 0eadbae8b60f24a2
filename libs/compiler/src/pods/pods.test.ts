// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { plainAttributes } from '@fairlead/target';
import { describe, expect, it } from 'vitest';
import {
  commitOf,
  compiledOf,
  deviceA,
  deviceB,
  diagnosticsOf,
  fleetId,
  sha,
  targetOf,
  type Files,
} from '../commit.fixture.ts';
import { createCompiler } from '../compiler.ts';
import { blob, imageDigest, lockedPodFleet, lockOf, podFleet, schemaLine } from './pod.fixture.ts';

const app = 'docker.io/library/app:1';
const unitsOf = async (files: Files) =>
  Object.fromEntries(targetOf(await compiledOf(files)).units.map((unit) => [unit.name, unit]));
const told = async (files: Files) =>
  (await diagnosticsOf(files)).map(
    ({ severity, code, file, line }) => `${severity} ${code} ${file}:${String(line)}`,
  );

describe('when a group has a pod of the commit', () => {
  it('runs its containers, each image as the lock has it', async () => {
    const pod = `name: shop
containers:
  web:
    image: app:1
    arguments: [serve, '--port', '80']
    required-tags: ['2', base]
    update: hand-over
    requires: [core]
    runlevel: priority
    background: true
    triggers: [install, {interval: 1m}]
    resources: {memory: 64Mi, cpus: 0.5, pids: 9}
    health: {tcp: 80}
  core: {image: app:1, critical: true}
`;
    const files = podFleet(pod, lockOf([app, 'docker.io/library/app:2', 'docker.io/library/app:base']));
    const image = (reference: string) => ({ reference, digest: imageDigest, size: 1_000 });
    expect(await unitsOf(files)).toMatchObject({
      web: {
        domain: 'containers',
        pod: 'shop',
        image: image(app),
        requiredImages: [image('docker.io/library/app:2'), image('docker.io/library/app:base')],
        command: ['serve', '--port', '80'],
        update: 'hand-over',
        requires: ['core'],
        attributes: {
          triggers: { boot: false, install: true, intervalSeconds: 60 },
          runlevel: 2,
          background: true,
          critical: false,
          health: { probe: { kind: 'tcp', host: '127.0.0.1', port: 80 } },
          resources: { memoryBytes: 2 ** 26, milliCpus: 500, pids: 9 },
        },
      },
      core: { attributes: { critical: true, triggers: { boot: false } }, command: null },
    });
  });

  it('gives a container its settings, and moves its data aside where it says so', async () => {
    const pod = `containers:
  db:
    image: app:1
    purge-data: true
    settings: {binds: ['/var/db:/data', '/etc/db:/etc:ro'], environment: {KEY: '{{secrets.KEY}}'}, mem_limit: 64m}
`;
    expect(await unitsOf(podFleet(pod, lockOf([app])))).toMatchObject({
      db: {
        env: { KEY: '{{secrets.KEY}}' },
        mounts: [{ target: '/data' }, { target: '/etc', readOnly: true }],
        purge: ['/var/db'],
        attributes: { resources: { memoryBytes: 2 ** 26 } },
      },
    });
    const wrong =
      'containers: {db: {image: app:1, arguments: [a], settings: {command: b, bindz: [], tty: maybe}}}\n';
    expect(await diagnosticsOf(podFleet(wrong, lockOf([app])))).toMatchObject([
      { code: 'unknown-key', file: 'pods/x.yaml', line: 2, hint: expect.stringContaining("'binds'") },
      { code: 'invalid-value', file: 'pods/x.yaml', line: 2 },
    ]);
    const both = 'containers: {db: {image: app:1, arguments: [a], settings: {command: b}}}\n';
    expect(await told(podFleet(both, lockOf([app])))).toEqual(['error conflicting-settings pods/x.yaml:2']);
  });

  it('has what its bases bring, each path from the folder of its file', async () => {
    const files = podFleet('extends: [../shared/base.yaml]\ncontainers: {core: {processor: r5}}\n', {
      'shared/base.yaml': `${schemaLine}containers: {core: {firmware: fw/core.elf, recovery: enabled}}\n`,
      'shared/fw/core.elf': 'ELF',
    });
    expect(await unitsOf(files)).toEqual({
      core: {
        domain: 'firmware',
        name: 'core',
        disabled: false,
        requires: [],
        attributes: plainAttributes,
        processor: 'r5',
        recovery: 'enabled',
        firmware: { url: 'server:', digest: sha256('ELF'), size: 3, format: 'file' },
      },
    });
  });

  it('fetches firmware from elsewhere only as the lock has it', async () => {
    const url = 'https://example.org/core.elf';
    const pod = `containers: {core: {firmware: '${url}'}}\n`;
    const lock = lockOf([], { files: { [url]: { digest: imageDigest, size: 5 } } });
    expect(await unitsOf(podFleet(pod, lock))).toMatchObject({
      core: { firmware: { url, digest: imageDigest, size: 5 } },
    });
    expect(await told(podFleet(pod))).toEqual(['error reference-unlocked pods/x.yaml:2']);
  });

  it('says what holds for the device as a whole', async () => {
    const files = podFleet('max-offline: 1h\nremove-containers: [b, a]\n', {}, { apply: 'idle' });
    expect(targetOf(await compiledOf(files))).toEqual({
      format: 2,
      units: [],
      settings: { apply: { kind: 'idle' }, maxOfflineSeconds: 3_600, removeContainers: ['a', 'b'] },
    });
  });

  it('takes variables of the device over those of group and fleet', async () => {
    const files: Files = {
      ...podFleet(
        "max-offline: '{{vars.AWAY}}'\ncontainers: {web: {image: 'app:{{vars.TAG}}', arguments: ['{{vars.SITE}}']}}\n",
        lockOf([app, 'docker.io/library/app:2']),
      ),
      'fleet.json': {
        id: fleetId,
        vars: { TAG: '1', AWAY: '5m', SITE: 'a' },
        groups: { g: { pod: './pods/x.yaml', vars: { TAG: '2', SITE: 'b' } } },
      },
      'devices.json': { [deviceA]: { group: 'g' }, [deviceB]: { group: 'g', vars: { TAG: '1' } } },
    };
    const compiled = await compiledOf(files);
    expect(targetOf(compiled, deviceA)).toMatchObject({
      settings: { maxOfflineSeconds: 300 },
      units: [{ image: { reference: 'docker.io/library/app:2' }, command: ['b'] }],
    });
    expect(targetOf(compiled, deviceB)).toMatchObject({ units: [{ image: { reference: app } }] });
  });

  it('tells at its place what only the value of a variable makes wrong', async () => {
    const pod = "max-offline: '{{vars.AWAY}}'\ncontainers: {}\n";
    const found = await diagnosticsOf(podFleet(pod, {}, { vars: { AWAY: 'long' } }));
    expect(found).toMatchObject([{ code: 'invalid-value', file: 'pods/x.yaml', line: 2 }]);
    expect(found[0]?.message).toContain('vars.AWAY = "long"');
    expect(await told(podFleet(pod))).toEqual(['error variable-undefined pods/x.yaml:2']);
  });
});

describe('when sources of a group are put together', () => {
  const jobs = (...list: readonly object[]): object => ({ config: 'running', jobs: list });
  const job = (name: string, more: object = {}): object => ({ job: name, exec_cmd: 'x', ...more });
  const together = (pod: string, running: object): Files =>
    podFleet(pod, { ...lockOf([app]), 'running/r.json': running }, { 'running-config': ['running/r.json'] });

  it('runs the running configs that the pod names, from its own folder', async () => {
    const files = podFleet('running-config: [more/r.json]\n', {
      'pods/more/r.json': jobs(job('a')),
      'running/t.json': { config: 'running', templates: [{ name: 't', exec_cmd: 'x' }] },
    });
    expect(Object.keys(await unitsOf(files))).toEqual(['a']);
    expect(await told(files)).toEqual([]);
    expect(await told(podFleet('running-config: [gone.json]\n'))).toEqual([
      'error file-missing pods/x.yaml:2',
    ]);
  });

  it('orders units across domains', async () => {
    const files = together('containers: {web: {image: app:1, requires: [b, m]}}\n', {
      config: 'running',
      templates: [{ name: 't', exec_cmd: 'x' }],
      jobs: [
        job('a', { depends_on: ['web'] }),
        job('b'),
        { job: 'm', composite_id: 'c', container_template: 't' },
      ],
    });
    expect(await unitsOf(files)).toMatchObject({ web: { requires: ['b', 'c'] }, a: { requires: ['web'] } });
  });

  it('sees cycles and unknown names in one graph, with what was meant', async () => {
    const found = await diagnosticsOf(
      together(
        'containers: {web: {image: app:1, requires: [sensro, job]}}\n',
        jobs(job('job', { depends_on: ['web'] }), job('sensor')),
      ),
    );
    expect(found).toMatchObject([
      { code: 'dependency-unknown', file: 'pods/x.yaml', hint: "Did you mean 'sensor'?" },
      {
        code: 'dependency-cycle',
        file: 'pods/x.yaml',
        message: 'dependencies form a cycle: job → web → job',
      },
    ]);
  });

  it.each(['image: app:1', 'entrypoint: web.js'])(
    'refuses one name for two units, with both places: %s',
    async (kind) => {
      const found = await diagnosticsOf(together(`containers: {web: {${kind}}}\n`, jobs(job('web'))));
      expect(found.filter(({ code }) => code === 'duplicate-definition')).toMatchObject([
        {
          file: 'pods/x.yaml',
          message: expect.stringMatching(
            /one name means the job 'web' and the container 'web' \(the other: running\/r.json:4/,
          ),
        },
      ]);
    },
  );
});

describe('when a pod must be built', () => {
  it.each([
    ['a program', '{entrypoint: main.js}', 'pod-not-built'],
    [
      'a program of another repository',
      '{entrypoint: a.js, git: "https://e/a.git", branch: main}',
      'pod-not-built',
    ],
    ['Toit', '{entrypoint: main.toit}', 'source-unsupported'],
    ['a snapshot', '{snapshot: main.snapshot}', 'source-unsupported'],
  ])('is not deployed by its path: %s', async (_what, container, code) => {
    const files = podFleet(`containers: {a: ${container}}\n`);
    expect(await told(files)).toEqual([`error ${code} pods/x.yaml:2`]);
    expect(await told({ ...files, ...podFleet('', {}), 'pods/y.yaml': files['pods/x.yaml'] })).toEqual([]);
  });

  it('is not deployed with a name that only Artemis takes', async () => {
    const specification = {
      $schema: 'https://toit.io/schemas/artemis/pod-specification/v1.json',
      'artemis-version': 'v1',
      'sdk-version': 'v1.0.0',
      'firmware-envelope': 'host',
      containers: { 'my app': { entrypoint: 'app' } },
    };
    expect(await told(lockedPodFleet(specification, { 'my app': blob('file') }))).toEqual([
      expect.stringMatching(/^error invalid-name fleet\.lock\.json:/),
    ]);
  });

  it('runs programs from the blobs that the lock holds', async () => {
    const specification = {
      containers: {
        script: { entrypoint: 'src/main.mjs', arguments: ['a'], resources: { memory: '1Mi', pids: 2 } },
        program: { entrypoint: 'bin/app', critical: true },
        core: { firmware: 'core.elf' },
        web: { image: 'app:1', requires: ['script'] },
      },
    };
    const blobs = { script: blob('file'), program: blob('tar'), core: blob('file') };
    const image = { url: 'server:', digest: `sha256:${sha}`, size: 7, version: 'p' };
    expect(await unitsOf(lockedPodFleet(specification, blobs, [app]))).toMatchObject({
      script: {
        domain: 'jobs',
        program: 'node',
        args: ['{{IMAGE}}/image', 'a'],
        memoryLimit: 2 ** 20,
        attributes: { resources: { memoryBytes: null, pids: 2 } },
        restart: { enabled: false },
        members: [{ name: 'script', image: { ...image, format: 'file' } }],
      },
      program: { program: '{{IMAGE}}/bin/app', args: [], restart: { enabled: true, limit: 0 } },
      core: { firmware: { url: 'server:', digest: `sha256:${sha}`, size: 7 } },
      web: { image: { reference: app }, requires: ['script'], pod: 'p' },
    });
  });

  it('is an error that names the command where the lock lacks the pod, or a blob of it', async () => {
    const bare = { ...lockedPodFleet({}), 'fleet.lock.json': {} };
    expect(await diagnosticsOf(bare)).toMatchObject([
      { code: 'reference-unlocked', file: 'fleet.json', hint: expect.stringContaining('fairlead lock') },
    ]);
    const lacking = { containers: { a: { entrypoint: 'a' }, b: { firmware: 'b' } } };
    expect(await told(lockedPodFleet(lacking))).toEqual([
      'error pod-not-built fleet.lock.json:11',
      'error pod-not-built fleet.lock.json:14',
    ]);
  });

  it('says that running configs are no part of it', async () => {
    expect(await told(lockedPodFleet({ 'running-config': ['r.json'] }))).toEqual([
      'error source-unsupported fleet.lock.json:10',
    ]);
  });
});

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

describe('when a commit changes one file of a pod', () => {
  const pods = (base: string): Files => ({
    ...podFleet('extends: [base.yaml]\n', {
      'pods/base.yaml': `${schemaLine}${base}`,
      'pods/y.yaml': `${schemaLine}containers: {b: {firmware: b.elf}}\n`,
      'pods/b.elf': 'b',
      ...lockOf([app]),
    }),
    'fleet.json': { id: fleetId, groups: { g: { pod: './pods/x.yaml' }, h: { pod: './pods/y.yaml' } } },
    'devices.json': { [deviceA]: { group: 'g' }, [deviceB]: { group: 'h' } },
  });

  it('reads no more than it and its pod, and changes no other target', async () => {
    const compiler = createCompiler();
    const first = await compiler.compile(commitOf(pods('containers: {a: {image: app:1}}\n')));
    const reads: string[] = [];
    const second = await compiler.compile(
      commitOf(pods('containers: {a: {image: app:1, background: true}}\n'), { reads }),
    );
    expect(reads).toHaveLength(2);
    if (first.kind !== 'compiled' || second.kind !== 'compiled') throw new TypeError('refused');
    expect(second.targets.get(deviceA)).not.toBe(first.targets.get(deviceA));
    expect(second.targets.get(deviceB)).toBe(first.targets.get(deviceB));
    const again: string[] = [];
    await compiler.compile(
      commitOf(pods('containers: {a: {image: app:1, background: true}}\n'), { reads: again }),
    );
    expect(again).toEqual([]);
  });

  it('sees a base that was not there before', async () => {
    const compiler = createCompiler();
    const whole = pods('containers: {a: {image: app:1}}\n');
    const { 'pods/base.yaml': _base, ...without } = whole;
    expect((await compiler.compile(commitOf(without))).kind).toBe('refused');
    expect((await compiler.compile(commitOf(whole))).kind).toBe('compiled');
  });
});
