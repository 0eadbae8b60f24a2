// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flattenPod } from './flatten-pod.ts';
import { mergeNodes, withoutNulls } from './merge-nodes.ts';
import { folder } from './pod-files.fixture.ts';
import { nodeOf, valueOf, type MapNode } from './spec-node.ts';

async function flat(files: Readonly<Record<string, unknown>>, path = 'main.yaml') {
  const { flat: root, problems } = await flattenPod(path, folder(files));
  return {
    value: root === undefined ? undefined : valueOf(root),
    problems: [...problems].flatMap(([file, found]) =>
      found.map(({ code, message }) => [file, code, message]),
    ),
    root,
  };
}

describe('when a pod specification extends others', () => {
  it('has the first word, the earlier base the second; lists join, its own items first', async () => {
    const { value, problems } = await flat({
      'main.yaml': 'extends: [a.yaml, b.json]\nname: own\nlist: [1]\nmap: {x: own}\n',
      'a.yaml': 'name: a\nsize: a\nlist: [2]\nmap: {x: a, y: a}\n',
      'b.json': { size: 'b', only: 'b', list: [3], map: { y: 'b', z: 'b' } },
    });
    expect(problems).toEqual([]);
    expect(value).toEqual({
      name: 'own',
      size: 'a',
      only: 'b',
      list: [1, 2, 3],
      map: { x: 'own', y: 'a', z: 'b' },
    });
  });

  it('takes away with null what its own bases bring, at any depth, and nothing of what comes beside it', async () => {
    const { value } = await flat({
      'main.yaml': 'extends: [a.yaml, b.yaml]\ngone:\nmap: {gone: }\n',
      'a.yaml': 'extends: [base.yaml]\ntop:\ninner: {x: }\ngone: 1\nmap: {gone: 1, kept: 1}\n',
      'b.yaml': 'top: b\ninner: {x: b}\n',
      'base.yaml': 'top: base\ninner: {x: base}\n',
    });
    expect(value).toEqual({ top: 'b', inner: { x: 'b' }, map: { kept: 1 } });
  });

  it('gets the items of a base once by whichever ways it comes there', async () => {
    const { value } = await flat({
      'main.yaml': 'extends: [left.yaml, right.yaml, left.yaml]\n',
      'left.yaml': 'extends: [base.yaml]\nlist: [left]\n',
      'right.yaml': 'extends: [base.yaml]\nlist: [right]\n',
      'base.yaml': 'list: [base, base]\n',
    });
    expect(value).toEqual({ list: ['left', 'base', 'base', 'right'] });
  });

  it('knows of every value the file that holds it', async () => {
    const { root } = await flat(
      {
        'pods/main.yaml': 'extends: [../bases/a.yaml]\ncontainers: {app: {image: x}}\n',
        'bases/a.yaml': 'containers: {app: {arguments: [one]}}\n',
      },
      'pods/main.yaml',
    );
    const containers = root?.entries.get('containers');
    const app = containers?.kind === 'map' ? containers.entries.get('app') : undefined;
    expect(app?.kind === 'map' ? [...app.entries.values()].map(({ origin }) => origin) : []).toEqual([
      { file: 'pods/main.yaml', pointer: '/containers/app/image' },
      { file: 'bases/a.yaml', pointer: '/containers/app/arguments' },
    ]);
  });

  it('says how it came to a circle, to a file that is missing, and to one that cannot be read', async () => {
    const { problems } = await flat({
      'main.yaml': 'extends: [one.yaml, none.yaml, ../out.yaml, broken.json, 7]\n',
      'one.yaml': 'extends: [two.yaml]\n',
      'two.yaml': 'extends: [one.yaml]\n',
      'broken.json': '{',
    });
    expect(problems).toEqual([
      ['main.yaml', 'wrong-type', 'extends is a list of paths'],
      [
        'main.yaml',
        'file-missing',
        'Failed to read pod specification from none.yaml: no such file.\n  - Extended by main.yaml.',
      ],
      ['main.yaml', 'path-unsafe', "'../out.yaml' leads out of the repository.\n  - Extended by main.yaml."],
      [
        'two.yaml',
        'extends-cycle',
        'Circular extends: one.yaml.\n  - Extended by two.yaml.\n  - Extended by one.yaml.\n  - Extended by main.yaml.',
      ],
      [
        'broken.json',
        'json-syntax',
        'Failed to read pod specification from broken.json: expected a key in double quotes; the file ends here.\n  - Extended by main.yaml.',
      ],
    ]);
  });

  it('ends after a hundred files, and costs no more for what many extend', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 200 }, (_, n) => [
        `${String(n)}.yaml`,
        `extends: [${String(n + 1)}.yaml, ${String(n + 2)}.yaml]\nlist: [${String(n)}]\n`,
      ]),
    );
    const { problems, value } = await flat(files, '0.yaml');
    expect(new Set(problems.map(([, code]) => code))).toEqual(new Set(['too-many']));
    expect((value as { list: unknown[] }).list).toHaveLength(100);
  });
});

describe('when specifications are merged', () => {
  const scalars = fc.constantFrom<unknown>('a', 'b', 1, true);
  const trees = fc.letrec<{ tree: unknown; map: Record<string, unknown> }>((tie) => ({
    tree: fc.oneof({ maxDepth: 3 }, scalars, fc.array(scalars, { maxLength: 3 }), tie('map')),
    map: fc.dictionary(fc.constantFrom('x', 'y', 'z'), tie('tree'), { maxKeys: 3 }),
  })).map;
  const node = (value: unknown, file: string): MapNode => nodeOf(value, { file, pointer: '' }) as MapNode;

  it('gives the same in whatever brackets', () => {
    fc.assert(
      fc.property(trees, trees, trees, (a, b, c) => {
        const [x, y, z] = [node(a, 'a'), node(b, 'b'), node(c, 'c')];
        // A scalar stops what is below it, so the order in which it meets the others shows only between mappings or between lists.
        fc.pre(sameKinds(a, b) && sameKinds(b, c) && sameKinds(a, c));
        expect(valueOf(mergeNodes(mergeNodes(x, y), z))).toEqual(valueOf(mergeNodes(x, mergeNodes(y, z))));
      }),
    );
  });

  it('changes nothing by a base that is empty or merged already', () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const [x, y] = [node(a, 'a'), node(b, 'b')];
        const merged = mergeNodes(x, y);
        expect(valueOf(mergeNodes(x, node({}, 'c')))).toEqual(valueOf(x));
        expect(valueOf(mergeNodes(merged, y))).toEqual(valueOf(merged));
        expect(valueOf(withoutNulls(merged))).toEqual(valueOf(merged));
      }),
    );
  });
});

/** True where no key is a mapping on one side and something else on the other. */
function sameKinds(a: unknown, b: unknown): boolean {
  const kind = (value: unknown): string =>
    Array.isArray(value) ? 'list' : typeof value === 'object' ? 'map' : 'scalar';
  if (kind(a) !== kind(b)) return false;
  if (kind(a) !== 'map') return true;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return Object.keys(x).every((key) => !(key in y) || sameKinds(x[key], y[key]));
}
