// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commitOf,
  diagnosticsOf,
  deviceA,
  deviceB,
  fleetId,
  image,
  sha,
  type Files,
} from './commit.fixture.ts';
import { createCompiler } from './compiler.ts';
import { arbitraryRunningConfig } from './jobs/arbitrary-running-config.fixture.ts';
import { lockOf } from './pods/pod.fixture.ts';

const isLong = process.env['FAIRLEAD_LONG'] === '1';
const timeout = isLong ? 30 * 60_000 : 15_000;
const $schema = 'https://fairlead.dev/schemas/pod/v1.json';

/** A file of each kind, with lists and placeholders in it. */
const files: Files = {
  'fleet.json': {
    id: fleetId,
    vars: { site: 'none' },
    groups: {
      north: {
        'running-config': ['running/a.json', 'running/b.json'],
        pod: './pods/n.json',
        vars: { site: 'north' },
        apply: { window: '0 3 * * *', duration: '1h', zone: 'Europe/Oslo' },
      },
      south: { 'desired-state': ['states/s.json'] },
    },
  },
  'devices.json': {
    [deviceA]: { name: 'one', aliases: ['uno'], group: 'north', vars: { site: 'x' } },
    [deviceB]: { group: 'south' },
  },
  'trust/root/1.json': {},
  'trust/history.json': { offset: 1 },
  ...lockOf(['docker.io/library/web:1']),
  'pods/base.json': {
    $schema,
    'max-offline': '1h',
    containers: { cache: { image: 'web:1', critical: true } },
  },
  'pods/core.elf': 'ELF',
  'pods/n.json': {
    $schema,
    extends: ['base.json'],
    'running-config': ['../running/a.json'],
    'remove-containers': ['old'],
    containers: {
      web: {
        image: 'web:1',
        arguments: ['serve', '--site', '{{vars.site}}'],
        requires: ['cache'],
        resources: { memory: '64Mi', cpus: 0.5 },
        health: { command: ['/ok'], interval: '5s' },
        triggers: ['boot', { interval: '1h' }],
        settings: { ports: ['80/tcp'], environment: { A: '{{secrets.A}}' }, volumes: ['/data'] },
      },
      core: { firmware: 'core.elf', processor: 'remoteproc0', runlevel: 2 },
    },
  },
  'running/a.json': {
    config: 'running',
    templates: [{ name: 't', exec_cmd: '{{IMAGE}}/t', exec_pre_args: ['-a'], add_env: ['A=1', 'B={{CWD}}'] }],
    jobs: [
      { job: 'one', container_template: 't', exec_args: ['{{CONFIG}}', 'x'], depends_on: ['two'] },
      { job: 'two', exec_cmd: '/two', env: ['S={{vars.site}}'], container_template: '' },
      { job: 'three', composite_id: 'grp', container_template: 't' },
    ],
    images: [image('one'), image('three'), { job: 'two', version: '1', image_type: 'docker', url: 'web:1' }],
    configs: [
      {
        job: 'one',
        name: 'default',
        data: '{{vars.site}}',
        files: [
          {
            url: 'https://h/f',
            dest_relative_path: 'f',
            size: 1,
            checksum: { type: 'sha256sum', value: sha },
          },
        ],
      },
    ],
  },
  'running/b.json': { config: 'running' },
  'states/s.json': {
    domains: [
      {
        id: 'containers',
        components: [{ id: 'c', version: '1', config: [{ key: 'image', value: 'docker.io/library/web:1' }] }],
      },
    ],
  },
};

/** What is put in the place of any part. */
const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    1e300,
    '',
    '{{',
    '{{vars.site}}',
    '{{IMAGE}}',
    '__proto__',
    [],
    {},
  ),
  fc.constantFrom<unknown>([null], [[]], ['x', 5], { constructor: 1 }, { config: 'running' }),
  fc.jsonValue({ maxDepth: 2 }),
);

const damages = fc.array(fc.record({ at: fc.array(fc.nat(), { minLength: 1, maxLength: 7 }), put: junk }), {
  minLength: 1,
  maxLength: 4,
});

/** Puts something else in the place that the numbers lead to, one for each level. */
function damaged(
  whole: object,
  { at, put }: { readonly at: readonly number[]; readonly put: unknown },
): void {
  let parent = whole;
  for (const [level, number] of at.entries()) {
    const keys = Object.keys(parent);
    const key = keys[number % keys.length];
    if (key === undefined) return;
    const inner: unknown = Reflect.get(parent, key);
    if (level === at.length - 1 || typeof inner !== 'object' || inner === null) {
      Reflect.set(parent, key, structuredClone(put));
      return;
    }
    parent = inner;
  }
}

describe('when any parts of the files of a fleet are replaced', () => {
  it('is told of nothing before', async () => {
    expect(await diagnosticsOf(files)).toEqual([]);
  });

  it('answers with problems that lie in a file, and never throws', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.option(arbitraryRunningConfig), damages, async (running, all) => {
        const fleet = structuredClone({
          ...files,
          ...(running === null ? {} : { 'running/b.json': running }),
        });
        for (const one of all) damaged(fleet, one);
        const result = await createCompiler().compile(commitOf(fleet));
        const isWrong = result.diagnostics.some(({ severity }) => severity === 'error');
        expect(result.kind).toBe(isWrong ? 'refused' : 'compiled');
        for (const { line, endLine, message, hint } of result.diagnostics) {
          expect(line >= 1 && line <= endLine).toBe(true);
          expect([message, hint]).not.toContain('');
        }
      }),
      { numRuns: isLong ? 50_000 : 300 },
    );
  });
});
