// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commitOf,
  compiledOf,
  deviceA,
  deviceB,
  deviceC,
  fleetId,
  fleetOf,
  type Files,
} from './commit.fixture.ts';
import { createCompiler } from './compiler.ts';

describe('when the same content stands in another order', () => {
  const services = ['a', 'b', 'c', 'd'].map((job, index, all) => ({
    job,
    exec_cmd: `/${job}`,
    depends_on: all.slice(0, index),
    env: [`N=${job}`],
  }));
  const members = ['m', 'n'].map((job) => ({ job, composite_id: 'grp', container_template: 't' }));
  const templates = [{ name: 't', exec_cmd: '/t', send_composite_jobs_to_stdin: true }];
  const configs = services.flatMap(({ job }) =>
    ['one', 'default'].map((name) => ({ name, job, data: name })),
  );
  const groups = { g: { 'running-config': ['r.json'] }, h: { retired: true } };
  const devices = { [deviceA]: { group: 'g' }, [deviceB]: { group: 'h' }, [deviceC]: { group: 'g' } };
  const files = (order: <T>(items: readonly T[]) => readonly T[]): Files => {
    const keys = (value: object): object => Object.fromEntries(order(Object.entries(value)));
    return keys({
      'fleet.json': { groups: keys(groups), id: fleetId },
      'devices.json': keys(devices),
      'trust/root/1.json': {},
      'r.json': keys({
        config: 'running',
        jobs: order([...services, ...members]).map(keys),
        templates,
        configs: order(configs).map(keys),
      }),
    }) as Files;
  };

  it('gives the same bytes', async () => {
    const expected = await compiledOf(files((items) => items));
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (numbers) => {
        const shuffled = <T>(items: readonly T[]): readonly T[] =>
          items
            .map((item) => [Number(numbers.next().value), item] as const)
            .toSorted(([a], [b]) => a - b)
            .map(([, item]) => item);
        const compiled = await compiledOf(files(shuffled));
        expect(Buffer.from(compiled.manifestBytes).toString()).toBe(
          Buffer.from(expected.manifestBytes).toString(),
        );
        expect([...compiled.bodies]).toEqual([...expected.bodies]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('when anything at all is compiled', () => {
  const word = fc.constantFrom(
    'job',
    'a',
    'b',
    't',
    'composite_id',
    'container_template',
    'depends_on',
    'exec_cmd',
    'jobs',
    'templates',
    'images',
    'configs',
    'files',
    'env',
    '{{vars.A}}',
    '__proto__',
    'default',
    'config',
    'name',
    '',
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      word,
      fc.integer(),
      fc.boolean(),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  const entry = fc.dictionary(
    fc.constantFrom(
      'job',
      'name',
      'composite_id',
      'container_template',
      'exec_cmd',
      'config',
      'depends_on',
      'url',
      'size',
      'message',
    ),
    fc.oneof(word, fc.array(word, { maxLength: 2 }), fc.integer()),
  );
  const list = fc.array(
    fc.oneof(
      entry,
      entry.map((one) => ({ job: 'a', name: 't', ...one })),
    ),
    { maxLength: 3 },
  );

  it('answers with targets or with errors, and never throws', async () => {
    const running = fc.record(
      { config: fc.constant('running'), jobs: list, templates: list, images: list, configs: list },
      { requiredKeys: ['config'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(running, tree), async (content) => {
        const result = await createCompiler().compile(commitOf(fleetOf(content)));
        const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
        expect(result.kind === 'refused').toBe(errors.length > 0);
      }),
      { numRuns: 400 },
    );
  });
});
