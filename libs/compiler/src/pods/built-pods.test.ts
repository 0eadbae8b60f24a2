// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { diagnosticsOf, sha, told } from '../commit.fixture.ts';
import { app, blob, lockedPodFleet, podFleet, unitsOf } from './pod.fixture.ts';

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
      { code: 'reference-unlocked', file: 'fleet.json', hint: expect.stringContaining('./pods/x.yaml') },
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
