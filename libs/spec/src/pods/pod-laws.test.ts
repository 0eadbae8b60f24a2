// SPDX-License-Identifier: Apache-2.0
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schemas } from '../schemas/index.ts';
import { strictAjv } from '../schemas/strict-ajv.fixture.ts';
import { flattenPod, podDiagnostics } from './flatten-pod.ts';
import { mergeNodes, withoutNulls } from './merge-nodes.ts';
import { folder, readPodFiles } from './pod-files.fixture.ts';
import type { PodSpec } from './pod-spec.ts';
import { printPod } from './print-pod.ts';
import { nodeOf, valueOf, type MapNode } from './spec-node.ts';

const schema = 'https://fairlead.dev/schemas/pod/v1.json';
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/);
const variable = fc.constantFrom('{{vars.A}}', 'x{{ vars.b-2 }}');
const seconds = fc.nat(200_000).map((count) => `${String(count)}s`);
const some = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(shape, { requiredKeys: [] });

const kind = fc.oneof(
  fc.record({ entrypoint: fc.constantFrom('main.js', './a', '{{vars.A}}/b') }),
  fc.record({
    entrypoint: fc.constant('a/b'),
    git: fc.constant('https://e.org/a'),
    branch: fc.constant('v1'),
  }),
  fc.record({ snapshot: fc.constant('a.snapshot') }),
  fc
    .tuple(
      fc.record({ image: fc.constantFrom('a', 'e.org/a:1') }),
      some<Record<string, unknown>>({
        settings: fc.dictionary(name, fc.constantFrom<unknown>(true, 'a', ['b'], { c: 1 }, null)),
        'required-tags': fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }),
        'purge-data': fc.boolean(),
        update: fc.constantFrom('hand-over', 'kill-then-download', '{{vars.A}}'),
      }),
    )
    .map(([one, other]) => ({ ...one, ...other })),
  fc.record({
    firmware: fc.constant('core.elf'),
    recovery: fc.constantFrom('enabled', 'disabled', '{{vars.A}}'),
  }),
);

const health = fc
  .tuple(
    fc.oneof(
      fc.record({
        command: fc.array(
          fc.string({ maxLength: 3 }).filter((text) => !text.includes('\0')),
          { minLength: 1, maxLength: 3 },
        ),
      }),
      fc.record({ http: fc.constantFrom('http://a/', '{{vars.URL}}') }),
      fc.record({ tcp: fc.constantFrom<string | number>(80, 'h:65535', '[::1]:9', 'h:{{vars.PORT}}') }),
      fc.record({ rpmsg: fc.constant('echo') }),
    ),
    some<Record<string, unknown>>({
      interval: fc.oneof(fc.constantFrom('250ms', '1d 1ms', '90m'), variable),
      timeout: fc.constantFrom('1s', '1m 1s'),
      retries: fc.integer({ min: 1, max: 9 }),
      'start-period': fc.constantFrom('0s', '1h'),
      window: fc.oneof(fc.constantFrom('0s', '5ms'), variable),
    }),
  )
  .map(([probe, rest]) => ({ ...probe, ...rest }));

const container = fc
  .tuple(
    kind,
    some<Record<string, unknown>>({
      arguments: fc.array(fc.constantFrom('', 'a', '{{vars.A}}', '{{secrets.A}}'), { maxLength: 2 }),
      triggers: fc
        .uniqueArray(fc.constantFrom('boot', 'install', 'interval'), { maxLength: 3 })
        .chain((kinds) =>
          fc
            .tuple(fc.constant(kinds), fc.oneof(seconds, variable))
            .map(([each, interval]) => each.map((one) => (one === 'interval' ? { interval } : one))),
        ),
      runlevel: fc.constantFrom<unknown>(1, 2, 3, 'critical', 'priority', 'normal', '{{vars.A}}'),
      background: fc.boolean(),
      critical: fc.boolean(),
      requires: fc.array(name, { maxLength: 3 }),
      resources: some<Record<string, unknown>>({
        memory: fc.constantFrom<unknown>(1, '64Mi', '1G', '{{vars.A}}'),
        cpus: fc.constantFrom<unknown>(0.5, 2, '0.125', '{{vars.A}}'),
        pids: fc.integer({ min: 1, max: 100 }),
      }),
      health,
    }),
  )
  .map(([one, { critical, triggers, ...rest }]) => ({
    ...one,
    ...rest,
    ...(critical === true ? { critical } : triggers === undefined ? {} : { triggers }),
  }));

const connection = fc.constantFrom<unknown>(
  { type: 'wifi', ssid: 'a', password: '{{secrets.A}}' },
  { type: 'wifi', config: 'provisioned' },
  { type: 'ethernet' },
  { type: 'cellular', config: { 'cellular.apn': 'a', pins: [1, 2] } },
);

const pod = fc
  .tuple(
    some<Record<string, unknown>>({
      name: fc.oneof(name, variable),
      'max-offline': fc.oneof(seconds, variable, fc.constant('')),
      connections: fc.array(connection, { maxLength: 2 }),
      'running-config': fc.array(fc.constantFrom('a.json', 'b/c.json'), { maxLength: 2 }),
      'remove-containers': fc.array(name, { maxLength: 2 }),
    }),
    fc.constantFrom('containers', 'apps'),
    fc.dictionary(name, container, { maxKeys: 3 }),
  )
  .map(([rest, holder, containers]) => ({ $schema: schema, ...rest, [holder]: containers }));

const validatorOf = (kind: string): ValidateFunction =>
  new Ajv2020(strictAjv).compile({ ...schemas.get(`https://fairlead.dev/schemas/${kind}/v1.json`) });
const [ofOneFile, ofAll] = [validatorOf('pod'), validatorOf('pod-flat')];

/** Where things stand does not count. */
function meaning(value: PodSpec | undefined): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, item: unknown) => (key === 'origin' ? undefined : item)),
  );
}

describe('when a pod specification is printed', () => {
  it('means the same', async () => {
    await fc.assert(
      fc.asyncProperty(pod, async (file) => {
        const { value, ...read } = await readPodFiles({ 'main.json': file }, {}, 'main.json');
        expect(podDiagnostics(read).filter(({ severity }) => severity === 'error')).toEqual([]);
        const printed = value === undefined ? {} : printPod(value);
        // What editors are given says the same.
        expect([ofOneFile(file), ofOneFile(printed), ofAll(printed)]).toEqual([true, true, true]);
        const again = await readPodFiles({ 'other.json': printed }, {}, 'other.json');
        expect(meaning(again.value)).toEqual(meaning(value));
        expect(again.value === undefined ? {} : printPod(again.value)).toEqual(printed);
      }),
      { numRuns: 150 },
    );
  });
});

describe('when one file of several is looked at alone', () => {
  it.each([
    ['nothing but bases', { extends: ['a.yaml'] }],
    ['a container without a kind', { containers: { a: { arguments: ['x'] } } }],
    [
      'null for what a base brings',
      { name: null, containers: { a: null, b: { git: null, health: { tcp: null } } } },
    ],
  ])('it may hold %s', (_what, file) => {
    expect(ofOneFile(file)).toBe(true);
    expect(ofAll({ $schema: schema, name: 'a', ...file })).toBe(false);
  });

  it.each([
    ['a key that is not known', { containers: { a: { interval: '1s' } } }],
    ['a password in plain text', { connections: [{ type: 'wifi', ssid: 'a', password: 'b' }] }],
    ['a network in part', { connections: [{ type: 'wifi' }] }],
    ['a duration that is none', { 'max-offline': '1d' }],
    ['bases that are no list', { extends: 'a.yaml' }],
  ])('it may not hold %s', (_what, file) => {
    expect(ofOneFile(file)).toBe(false);
  });
});

describe('when a specification extends others', () => {
  const values = fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<unknown>('a', 'b', 1, null),
      fc.array(fc.constantFrom<unknown>('c', 'd', null), { maxLength: 3 }),
      tie('map'),
    ),
    map: fc.dictionary(fc.constantFrom('x', 'y', 'z'), tie('value'), { maxKeys: 3 }),
  })).map;
  const node = (value: unknown, file: string): MapNode => nodeOf(value, { file, pointer: '' }) as MapNode;
  const flat = async (files: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const { flat: root } = await flattenPod('main.json', folder(files));
    return root === undefined ? undefined : valueOf(root);
  };

  it('is the same with its base twice, with an empty one beside it, and through one that adds nothing', async () => {
    await fc.assert(
      fc.asyncProperty(values, values, async (own, base) => {
        const once = await flat({ 'main.json': { ...own, extends: ['base.json'] }, 'base.json': base });
        const more = { 'base.json': base, 'empty.json': {}, 'middle.json': { extends: ['base.json'] } };
        for (const bases of [
          ['base.json', 'base.json'],
          ['empty.json', 'base.json'],
          ['base.json', 'empty.json'],
          ['middle.json'],
          ['middle.json', 'base.json'],
        ])
          expect(await flat({ 'main.json': { ...own, extends: bases }, ...more })).toEqual(once);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps what it says itself, and is without nulls', () => {
    fc.assert(
      fc.property(values, values, (own, base) => {
        const merged = withoutNulls(mergeNodes(node(own, 'own'), withoutNulls(node(base, 'base'))));
        expect(JSON.stringify(valueOf(merged))).not.toContain('null');
        for (const [key, value] of Object.entries(own)) {
          const kept = merged.entries.get(key);
          if (value === null) expect(kept).toBeUndefined();
          else if (typeof value !== 'object') expect(kept).toMatchObject({ value, origin: { file: 'own' } });
        }
      }),
    );
  });
});

describe('when anything at all is read as a pod specification', () => {
  const word = fc.constantFrom(
    '$schema', schema, 'https://toit.io/schemas/artemis/pod-specification/v1.json', 'version', 'name', 'extends',
    'main.json', 'containers', 'apps', 'triggers', 'interval', 'gpio', 'pin', 'entrypoint', 'image', 'git', 'branch',
    'health', 'tcp', 'connections', 'type', 'wifi', 'requires', 'runlevel', 'critical', 'max-offline', '1h', '__proto__',
    'constructor', '', '{{vars.A}}', 'artemis-version', 'x-a',
  ); // prettier-ignore
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      word,
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(word, tie('tree'), { maxKeys: 5 }),
    ),
  }));
  /** A specification that is right, with something else in some places. */
  const broken = fc
    .tuple(pod, fc.array(fc.tuple(fc.nat(200), tree), { maxLength: 3 }))
    .map(([file, changes]) => {
      let text = JSON.stringify(file);
      for (const [at, value] of changes) {
        const places = [...text.matchAll(/(?<=[:[,])(?:"[^"]*"|\d+|true|false)(?=[,\]}])/g)];
        const place = places[at % Math.max(places.length, 1)];
        if (place !== undefined)
          text =
            text.slice(0, place.index) +
            (JSON.stringify(value) ?? 'null') +
            text.slice(place.index + place[0].length);
      }
      return text;
    });

  it('never throws, and says nothing without a place in the file', async () => {
    const anything = fc.oneof(
      tree.map((value) => JSON.stringify(value) ?? ''),
      broken,
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(
        anything,
        fc.constantFrom('main.json', 'main.yaml'),
        fc.constantFrom('fairlead', 'artemis', undefined),
        async (text, path, dialect) => {
          const options = dialect === undefined ? {} : { dialect };
          const { value, ...read } = await readPodFiles({ [path]: text }, options, path);
          const found = podDiagnostics(read);
          const lines = text.split('\n').length;
          for (const { line, column, endLine } of found)
            expect(line >= 1 && column >= 1 && endLine >= line && endLine <= lines).toBe(true);
          expect(value === undefined).toBe(found.some(({ severity }) => severity === 'error'));
          if (value !== undefined) expect(() => JSON.stringify(printPod(value))).not.toThrow();
        },
      ),
      { numRuns: 500 },
    );
  });
});
