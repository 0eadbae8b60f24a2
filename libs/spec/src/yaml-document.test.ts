// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { at, atKey, type Place } from './diagnostic.ts';
import { findPlaces } from './find-places.ts';
import { readYaml } from './yaml-document.ts';

const read = (text: string) => readYaml(Buffer.from(text));
const codes = (text: string) => read(text).problems.map(({ code }) => code);

/** Numbers beyond 2^53 have no place in a file. */
const tame = (_key: string, item: unknown): unknown =>
  typeof item === 'number' && !Number.isSafeInteger(Math.trunc(item)) ? 0 : item;

describe('when a YAML file is read', () => {
  it('gives what the same JSON gives', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const plain = JSON.parse(JSON.stringify(value), tame) as unknown;
        expect(read(stringify(plain, { aliasDuplicateObjects: false }))).toMatchObject({ problems: [] });
        expect(read(stringify(plain, { aliasDuplicateObjects: false })).value).toEqual(plain);
      }),
    );
  });

  it('reads YAML 1.2: no is a text, a key may look like a number, what an alias names stands there again', () => {
    const { value, problems } = read('a: no\n8080: 0o17\nb: &x {c: [1]}\nd: *x\ne:\n__proto__: 1\n');
    expect(problems).toEqual([]);
    expect(Object.entries(value as object)).toEqual([
      ['8080', 15],
      ['a', 'no'],
      ['b', { c: [1] }],
      ['d', { c: [1] }],
      ['e', null],
      ['__proto__', 1],
    ]);
  });

  it.each([
    ['a: [1', 'yaml-syntax'],
    ['a: 1\n---\nb: 2\n', 'yaml-syntax'],
    ['a: 1\nb: 2\na: 3\n', 'duplicate-key'],
    ['a: .nan\n', 'yaml-unsupported'],
    ['a: -.inf\n', 'yaml-unsupported'],
    ['a: 9007199254740993\n', 'unsafe-integer'],
    ['a: !custom 1\n', 'yaml-unsupported'],
    ['a: !!binary aGk=\n', 'yaml-unsupported'],
    ['a: !!set {b}\n', 'yaml-unsupported'],
    ['a: !!str 1\nb: !!map {c: !!int 1}\n', undefined],
    ['[a, b]: 1\n', 'yaml-unsupported'],
    ['a: &x [*x]\n', 'yaml-unsupported'],
    ['a: *nothing\n', 'yaml-unsupported'],
    ['a: \xff', undefined],
  ])('says of %j what has no meaning in JSON', (text, code) => {
    expect(codes(text)).toEqual(code === undefined ? [] : [code]);
  });

  it.each([
    ['nesting in brackets', '['.repeat(2 ** 20), 'json-too-deep'],
    ['nesting in lines', '- '.repeat(2 ** 19), 'json-too-deep'],
    ['values', `[${'1,'.repeat(60_000)}]`, 'too-many'],
    ['entries', Array.from({ length: 10_001 }, (_, n) => `k${String(n)}: 1`).join('\n'), 'too-many'],
    ['line ends', '\n'.repeat(2 ** 20), 'too-many'],
    [
      'aliases of aliases',
      `a0: &a0 [1,1,1,1]\n${Array.from({ length: 30 }, (_, n) => `a${String(n + 1)}: &a${String(n + 1)} [*a${String(n)},*a${String(n)}]\n`).join('')}`,
      'too-many',
    ],
  ])('refuses a file with too much: %s', (_, text, code) => {
    expect(codes(text)).toEqual([code]);
  });

  it('never throws, and finds a place in any text', () => {
    const pieces = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '\n',
      '  ',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '&x ',
      '*x',
      '!',
      '|',
      '>',
      '#',
      '%',
      '? ',
      '---\n',
      '\t',
      '1',
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
        (text) => {
          const { problems } = read(text);
          const places: Place[] = [...problems.map(({ place }) => place), at('/a/0'), atKey('/a/a')];
          const find = findPlaces({ file: 'x.yaml', text }, places);
          for (const place of places) expect(find(place).line).toBeGreaterThanOrEqual(1);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('when a place in a YAML file is sought', () => {
  const text =
    'name: x\ncontainers:\n  app:\n    arguments: [one, two]\n    triggers:\n  other: &o {a: 1}\nagain: *o\n';
  const spot = (place: Place): string => {
    const { line, column, endLine, endColumn } = findPlaces({ file: 'pods/x.yaml', text }, [place])(place);
    return [line, column, endLine, endColumn].join(' ');
  };

  it('is that of the value, or of its key', () => {
    expect(spot(at('/containers/app/arguments/1'))).toBe('4 22 4 25');
    expect(spot(atKey('/containers/app'))).toBe('3 3 3 6');
  });

  it('is that of the key where nothing is written after it, and of the alias where one brings the value', () => {
    expect(spot(at('/containers/app/triggers'))).toBe('5 5 5 13');
    expect(spot(at('/again/a'))).toBe('7 8 7 10');
  });

  it('is that of the nearest around it where it is absent', () => {
    expect(spot(at('/containers/app/nothing/more'))).toMatch(/^4 5 /);
  });
});
