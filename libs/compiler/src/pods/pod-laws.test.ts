// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitOf, compiledOf, deviceA, deviceB, fleetId, type Files } from '../commit.fixture.ts';
import { createCompiler } from '../compiler.ts';
import { blob, lockedPodFleet, lockOf, podFleet, schemaLine } from './pod.fixture.ts';

const $schema = 'https://fairlead.dev/schemas/pod/v1.json';

describe('when the files of a commit stand in another order', () => {
  const locked = lockedPodFleet(
    { containers: { p: { entrypoint: 'p.mjs', requires: ['a'] } }, 'max-offline': '1m' },
    { p: blob('file') },
    ['docker.io/library/app:1', 'docker.io/library/app:2'],
  );
  const job = (name: string): object => ({ config: 'running', jobs: [{ job: name, exec_cmd: 'x' }] });
  const files: Files = {
    ...locked,
    'fleet.json': {
      id: fleetId,
      groups: {
        g: { pod: './pods/x.yaml', 'running-config': ['running/a.json'], apply: 'idle' },
        h: {
          pod: 'p@1',
          'running-config': ['running/a.json', 'running/b.json'],
          'desired-state': ['desired-state/d.json'],
        },
      },
    },
    'devices.json': { [deviceA]: { group: 'g' } },
    'devices/b.json': { [deviceB]: { group: 'h' } },
    'pods/x.yaml': 'extends: [one.yaml, two.yaml]\n',
    'pods/one.yaml': `${schemaLine}containers: {web: {image: app:1, requires: [core, a]}}\nremove-containers: [z]\n`,
    'pods/two.yaml': `containers: {web: {image: app:2}, core: {firmware: core.elf}}\nremove-containers: [y]\n`,
    'pods/core.elf': 'ELF',
    'pods/draft.yaml': 'wat: 1\n',
    'desired-state/d.json': {
      domains: [
        { id: 'containers', components: [{ id: 'web', config: [{ key: 'image', value: 'app:2' }] }] },
      ],
    },
    'running/a.json': job('a'),
    'running/b.json': job('b'),
  };

  it('gives the same bytes and the same diagnostics', async () => {
    const expected = await compiledOf(files);
    expect(expected.bodies.size).toBe(2);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(Object.keys(files), { minLength: Object.keys(files).length }),
        async (paths) => {
          const compiled = await compiledOf(Object.fromEntries(paths.map((path) => [path, files[path]])));
          expect(compiled.manifestBytes).toEqual(expected.manifestBytes);
          expect([...compiled.bodies]).toEqual([...expected.bodies]);
          expect(compiled.diagnostics).toEqual(expected.diagnostics);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('when a pod is anything at all', () => {
  const word = fc.constantFrom(
    'a',
    'app:1',
    '{{vars.A}}',
    '{{secrets.B}}',
    '1h',
    '64Mi',
    'critical',
    '__proto__',
    'x.yaml',
    '../x',
    '',
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      word,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(word, tie('tree'), { maxKeys: 3 }),
    ),
  }));
  const keyed = (...keys: readonly string[]) =>
    fc.dictionary(fc.constantFrom(...keys), fc.oneof(word, fc.array(word, { maxLength: 2 }), tree), {
      maxKeys: 5,
    });
  const container = keyed(
    'image',
    'entrypoint',
    'firmware',
    'snapshot',
    'settings',
    'arguments',
    'requires',
    'triggers',
    'runlevel',
    'resources',
    'health',
    'required-tags',
  );
  const pod = fc.record(
    {
      $schema: fc.oneof(
        fc.constant($schema),
        fc.constant('https://toit.io/schemas/artemis/pod-specification/v1.json'),
        tree,
      ),
      name: word,
      extends: fc.array(word, { maxLength: 2 }),
      containers: fc.oneof(fc.dictionary(word, container, { maxKeys: 3 }), tree),
      'max-offline': word,
      'running-config': fc.array(word, { maxLength: 2 }),
      'remove-containers': tree,
      connections: tree,
    },
    { requiredKeys: [] },
  );

  it('gives a target or errors, by path and from the lock, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(pod, fc.boolean(), async (specification, fromLock) => {
        const files = fromLock
          ? lockedPodFleet(specification, { a: blob('file') }, ['docker.io/library/app:1'])
          : podFleet('', {
              ...lockOf(['docker.io/library/app:1']),
              'pods/x.yaml': JSON.stringify(specification),
            });
        const result = await createCompiler().compile(commitOf(files));
        const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
        expect(result.kind === 'refused').toBe(errors.length > 0);
      }),
      { numRuns: 400 },
    );
  });
});
