// SPDX-License-Identifier: Apache-2.0
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkShape } from './check-shape.ts';
import { devicesShape } from './schemas/devices-schema.ts';
import { fleetShape } from './schemas/fleet-schema.ts';
import { flatPodShape } from './schemas/pod-schema.ts';
import { runningConfigShape } from './schemas/running-config-schema.ts';
import { strictAjv } from './schemas/strict-ajv.fixture.ts';

const id = '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11';
const check = (value: object) => checkShape(runningConfigShape.schema, { config: 'running', ...value });
const told = (value: object): readonly string[] =>
  check(value).problems.map(({ code, place }) => `${code} ${place.kind === 'range' ? '' : place.pointer}`);

describe('when a part of a file lacks the form', () => {
  it('leaves that part out and keeps the rest, each item at its place', () => {
    const { value, problems } = check({ jobs: [{ job: 1 }, { job: 'b', restart: 'yes', env: ['A=1', 2] }] });
    expect(problems).toHaveLength(3);
    expect(value).toEqual({ config: 'running', jobs: [undefined, { job: 'b', env: ['A=1', undefined] }] });
    expect(Object.keys((value as { jobs: readonly unknown[] }).jobs)).toEqual(['1']);
  });

  it('keeps what has the right type and is only not allowed', () => {
    const { value, problems } = check({ jobs: [{ job: 'no name', restart_limit: -1 }] });
    expect(problems.map(({ code }) => code)).toEqual(['invalid-name', 'invalid-value']);
    expect(value).toEqual({ config: 'running', jobs: [{ job: 'no name', restart_limit: -1 }] });
  });

  it('leaves out what lacks a key, and of a file that lacks one keeps the rest', () => {
    expect(check({ images: [{ job: 'a', version: '1', url: 'u' }] }).value).toEqual({
      config: 'running',
      images: [undefined],
    });
    const fleet = checkShape(fleetShape.schema, { groups: { g: { retired: true } } });
    expect(fleet.problems.map(({ code }) => code)).toEqual(['missing-key']);
    expect(fleet.value).toEqual({ groups: { g: { retired: true } } });
  });

  it('says one thing once', () => {
    expect(told({ jobs: [{ jbo: 'a' }] })).toEqual(['unknown-key /jobs/0/jbo']);
    expect(told({ jobs: [{ job: null }] })).toEqual(['wrong-type /jobs/0/job']);
    expect(told({ jobs: [{ job: 'a', wat: { x: 1 } }] })).toEqual(['unknown-key /jobs/0/wat']);
  });

  it('judges an alternative by the type of what stands there', () => {
    const apply = (value: unknown) =>
      checkShape(fleetShape.schema, { id, groups: { g: { apply: value } } }).problems;
    expect(apply('never')).toMatchObject([{ code: 'invalid-value', hint: "Use 'now' or 'idle'." }]);
    expect(apply({ window: '* * * * *' })).toMatchObject([{ code: 'missing-key' }]);
    expect(apply(5)).toMatchObject([
      { code: 'wrong-type', hint: expect.stringContaining('now, idle') as string },
    ]);
  });
});

describe('when very much is wrong', () => {
  const count = 20_000;
  const many = (entry: (index: number) => readonly [string, unknown]) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => entry(index)));

  it.each([
    ['unknown keys', { jobs: [{ job: 'a', ...many((index) => [`k${String(index)}`, 0]) }] }],
    ['items of the wrong type', { jobs: Array.from({ length: count }, () => 5) }],
    ['objects that lack a key', { images: Array.from({ length: count }, () => ({})) }],
  ])('stops after the first thousand %s, and leaves nothing to go on with', (_what, value) => {
    const { problems, value: rest, faulty } = check(value);
    expect(problems).toHaveLength(1_000);
    expect(rest).toBeUndefined();
    expect([...faulty]).toEqual(['']);
  });

  it('quotes long texts in short', () => {
    const key = 'k'.repeat(100_000);
    for (const { message } of check({ [key]: 1, jobs: [{ job: key }] }).problems) {
      expect(message.length).toBeLessThan(120);
    }
  });
});

const samples = [
  [
    runningConfigShape.schema,
    {
      config: 'running',
      date: 1.5,
      flags: ['failFast'],
      jobs: [{ job: 'a', restart: true, restart_limit: 3, depends_on: ['b'], env: ['A=1'], 'x-a': [1] }],
      templates: [{ name: 't', cgroup: { mem_limit: 5 } }],
      images: [{ job: 'a', version: '1', url: 'https://e/x', size: 1, image_type: 'zip' }],
      configs: [{ name: 'n', job: 'a', files: [{ url: 'u', dest_relative_path: 'p' }] }],
    },
  ],
  [
    fleetShape.schema,
    {
      id,
      edition: 1,
      vars: { A: 'b' },
      groups: { g: { 'running-config': ['r'], apply: 'now' }, h: { apply: { window: 'w', duration: '1h' } } },
    },
  ],
  [
    flatPodShape.schema,
    {
      $schema: 'https://fairlead.dev/schemas/pod/v1.json',
      name: 'p',
      'max-offline': '1h',
      connections: [
        { type: 'wifi', ssid: 'a', password: '{{secrets.A}}' },
        { type: 'ethernet', requires: ['a'] },
        { type: 'cellular', config: {} },
      ],
      containers: {
        a: {
          image: 'i',
          triggers: ['boot', { interval: '1s' }],
          runlevel: 2,
          resources: { memory: '1Mi', cpus: 0.5 },
          update: 'hand-over',
        },
        b: { entrypoint: 'e', git: 'u', branch: 'b', runlevel: 'normal', health: { tcp: 1, interval: '1s' } },
        c: { firmware: 'f', processor: '0', health: { http: 'http://a' }, requires: ['{{vars.A}}'] },
      },
      'running-config': ['r'],
    },
  ],
  [devicesShape.schema, { $schema: 's', 'x-a': 1, [id]: { name: 'n', labels: { a: 'b' } } }],
] as const;

/** The sample with one node put in the place of another, removed, or put beside under some key. */
function change(value: unknown, picks: readonly number[], key: string, other: unknown): unknown {
  if (typeof value !== 'object' || value === null || picks.length === 0) return other;
  const keys = Object.keys(value);
  const [pick = 0, ...rest] = picks;
  if (pick % (keys.length + 2) === keys.length)
    return Array.isArray(value) ? [...value, other] : { ...value, [key]: other };
  const chosen = keys[pick % (keys.length + 2)] ?? keys[0] ?? key;
  const inner = change(Reflect.get(value, chosen), rest, key, other);
  const changed = Object.entries(value).flatMap(([name, item]) =>
    name !== chosen ? [[name, item] as const] : inner === undefined ? [] : [[name, inner] as const],
  );
  return Array.isArray(value) ? changed.map(([, item]) => item as unknown) : Object.fromEntries(changed);
}

/** Without the holes of lists. */
function dense(value: unknown): unknown {
  if (Array.isArray(value)) return value.flatMap((item) => [dense(item)]);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, dense(item)]));
}

describe.each(samples)('when values are held against the schema of a file, number %#', (schema, sample) => {
  const validate = new Ajv2020(strictAjv).compile({ ...schema });
  const leaf = fc.constantFrom<unknown>(
    undefined, null, true, 0, -1, 1.5, 2 ** 40, '', 'a', '..', 'a b', 'A=1', 'now', 'zip', id, 'sha256sum', '\0',
    [], {}, [1], ['a'], { job: 'a' }, { name: 'x' }, { url: 'u' },
    '1h', '0s', 'boot', '{{vars.A}}', 'high', { interval: 'x' }, { image: 'i' }, { type: 'wire' }, { type: 'wifi' },
  ); // prettier-ignore
  const key = fc.constantFrom(
    'job',
    'image',
    'firmware',
    'git',
    'type',
    'config',
    'command',
    'update',
    'jbo',
    'x-a',
    'name',
    'restart',
    'vars',
    '__proto__',
    id,
    'lamp',
    '$schema',
    '',
  );
  const changed = fc
    .array(fc.tuple(fc.array(fc.nat(30), { minLength: 1, maxLength: 5 }), key, leaf), {
      minLength: 1,
      maxLength: 3,
    })
    .map((changes) =>
      changes.reduce<unknown>((value, [picks, name, other]) => change(value, picks, name, other), sample),
    )
    .map((value) => JSON.parse(JSON.stringify(value ?? null)) as unknown);

  it('agrees with a validator of JSON Schema, and leaves only what has the form', () => {
    expect(validate(sample)).toBe(true);
    fc.assert(
      fc.property(changed, (value) => {
        const { value: rest, problems } = checkShape(schema, structuredClone(value));
        expect(problems.length === 0).toBe(validate(value));
        if (rest === undefined || validate(dense(rest))) return;
        const errors = validate.errors ?? [];
        // What an option of several asks for says nothing of a value that is meant by another.
        const optional = errors.flatMap(({ keyword, instancePath }) =>
          keyword === 'anyOf' ? [instancePath] : [],
        );
        const left = errors.filter(
          ({ keyword, instancePath, schemaPath }) =>
            (keyword === 'type' || (keyword === 'required' && instancePath !== '')) &&
            !schemaPath.includes('oneOf') &&
            !optional.some((path) => `${instancePath}/`.startsWith(`${path}/`)),
        );
        expect(left).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});
