// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { plainAttributes } from '@fairlead/target';
import { describe, expect, it } from 'vitest';
import {
  compiledOf,
  deviceA,
  deviceB,
  diagnosticsOf,
  fleetId,
  targetOf,
  told,
  type Files,
} from '../commit.fixture.ts';
import { app, imageDigest, lockOf, podFleet, schemaLine, unitsOf } from './pod.fixture.ts';

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
