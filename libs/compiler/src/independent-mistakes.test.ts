// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commitOf,
  deviceA,
  deviceB,
  diagnosticsOf,
  fleetId,
  image,
  sha,
  type Files,
} from './commit.fixture.ts';
import { createCompiler } from './compiler.ts';
import { lockOf } from './pods/pod.fixture.ts';

const service = (job: string): object => ({ job, container_template: 't' });
const $schema = 'https://fairlead.dev/schemas/pod/v1.json';
const checksum = { type: 'sha256sum', value: sha };

/** A fleet of two groups without a mistake. */
const sound: Files = {
  'fleet.json': {
    id: fleetId,
    groups: {
      north: { 'running-config': ['running/shared.json', 'running/n.json'], pod: './pods/n.json' },
      south: { 'running-config': ['running/shared.json', 'running/s.json'], pod: './pods/s.json' },
    },
  },
  'devices.json': { [deviceA]: { group: 'north' }, [deviceB]: { group: 'south' } },
  'trust/root/1.json': {},
  ...lockOf(['docker.io/library/web:1']),
  'pods/n.json': {
    $schema,
    containers: { web: { image: 'web:1', requires: ['a'] }, core: { firmware: 'core.elf' } },
  },
  'pods/core.elf': 'ELF',
  'pods/s.json': { $schema, extends: ['base.json'], 'running-config': ['../running/t.json'] },
  'pods/base.json': { 'max-offline': '1h' },
  'running/t.json': { config: 'running', templates: [{ name: 'u2', exec_cmd: '/u' }] },
  'running/shared.json': {
    config: 'running',
    templates: [{ name: 't', exec_cmd: '/t' }],
    jobs: [service('shared')],
    images: [image('shared')],
  },
  'running/n.json': {
    config: 'running',
    jobs: [service('a'), service('b'), service('c')],
    images: [image('a'), image('b')],
  },
  'running/s.json': {
    config: 'running',
    jobs: [service('d')],
    configs: [
      {
        job: 'd',
        name: 'default',
        files: [{ url: 'https://example.org/f', dest_relative_path: 'f', size: 1, checksum }],
      },
    ],
  },
};

/** What is told of each, where it is made, and what stands there then; undefined: nothing. */
type Mistake = readonly [code: string, path: readonly [file: string, ...(string | number)[]], value: unknown];
const mistakes: readonly Mistake[] = [
  ['invalid-uuid', ['fleet.json', 'id'], 'x'],
  ['unknown-key', ['fleet.json', 'groups', 'north', 'aply'], 'now'],
  ['invalid-value', ['fleet.json', 'groups', 'south', 'apply'], { window: '0 3 * *', duration: '1h' }],
  ['wrong-type', ['devices.json', deviceA, 'name'], 1],
  ['group-undefined', ['devices.json', deviceB, 'group'], 'sotuh'],
  ['invalid-uuid', ['devices.json', 'lamp'], { group: 'north' }],
  ['wrong-type', ['running/shared.json', 'templates', 0, 'exec_cmd'], 5],
  ['dependency-unknown', ['running/shared.json', 'jobs', 0, 'depends_on'], ['ghost']],
  ['invalid-value', ['running/shared.json', 'images', 0, 'image_type'], 'deb'],
  ['wrong-type', ['running/n.json', 'jobs', 0, 'restart'], 'yes'],
  ['template-undefined', ['running/n.json', 'jobs', 1, 'container_template'], 'u'],
  ['config-undefined', ['running/n.json', 'jobs', 2, 'config'], 'none'],
  ['reference-unlocked', ['running/n.json', 'images', 0, 'size'], undefined],
  ['invalid-checksum', ['running/n.json', 'images', 1, 'checksum'], { ...checksum, value: 'abc' }],
  ['placeholder-unknown', ['running/s.json', 'jobs', 0, 'exec_args'], ['{{NOPE}}']],
  ['path-unsafe', ['running/s.json', 'configs', 0, 'files', 0, 'dest_relative_path'], '..'],
  ['unknown-key', ['running/s.json', 'wat'], { deep: '{{X}}' }],
  ['invalid-value', ['pods/base.json', 'max-offline'], 'long'],
  ['file-missing', ['pods/s.json', 'extends', 1], 'gone.json'],
  ['wrong-type', ['running/t.json', 'templates', 0, 'restart'], 'yes'],
  ['reference-unlocked', ['pods/n.json', 'containers', 'web', 'image'], 'web:2'],
  ['dependency-unknown', ['pods/n.json', 'containers', 'web', 'requires'], ['nobody']],
  ['file-missing', ['pods/n.json', 'containers', 'core', 'firmware'], 'gone.elf'],
  ['unknown-key', ['pods/n.json', 'containers', 'web', 'backgruond'], true],
  ['invalid-value', ['pods/n.json', 'containers', 'web', 'settings'], { ports: 'x:y:z' }],
  ['wrong-type', ['pods/n.json', 'containers', 'core', 'recovery'], 5],
  ['missing-key', ['pods/n.json', 'containers', 'lone'], { triggers: [] }],
  ['duplicate-definition', ['pods/n.json', 'containers', 'b'], { image: 'web:1' }],
  ['wrong-type', ['fleet.lock.json', 'pods'], []],
];

function fleetWith(made: readonly Mistake[]): Files {
  const fleet = structuredClone(sound);
  for (const [, path, value] of made) {
    const parent = path.slice(0, -1).reduce<object>((node, key) => Reflect.get(node, key) as object, fleet);
    Reflect.set(parent, path.at(-1) ?? '', value);
  }
  return fleet;
}

describe('when a commit has any of several independent mistakes', () => {
  it('tells each of them once, whichever others there are', async () => {
    expect(await diagnosticsOf(sound)).toEqual([]);
    await fc.assert(
      fc.asyncProperty(fc.subarray([...mistakes]), async (made) => {
        const found = await diagnosticsOf(fleetWith(made));
        expect(found.map(({ code, file }) => `${code} ${file}`).toSorted()).toEqual(
          made.map(([code, [file]]) => `${code} ${file}`).toSorted(),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('tells them again of the next commit, with the same hints', async () => {
    const compiler = createCompiler();
    const first = await compiler.check(commitOf(fleetWith(mistakes)));
    expect(first).toHaveLength(mistakes.length);
    expect(await compiler.check(commitOf(fleetWith(mistakes)))).toEqual(first);
  });
});
