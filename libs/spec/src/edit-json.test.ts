// SPDX-License-Identifier: Apache-2.0
import type { Json } from '@fairlead/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { join, parentOf, tokensOf } from './diagnostic.ts';
import { editJson, type JsonEdit } from './edit-json.ts';

function edited(text: string, edit: JsonEdit): string {
  const result = editJson(text, edit);
  return result.ok ? result.value : `refused: ${result.error}`;
}

describe('when a member of a JSON text is set', () => {
  it.each<readonly [string, string, string, Json, string]>([
    ['in its place', '{ "a" : 1,\t"x-b":[ 2 ] }', '/a', 'new', '{ "a" : "new",\t"x-b":[ 2 ] }'],
    ['deep inside', '{"a":{"b/c":[1, 2]}}', '/a/b~1c/1', null, '{"a":{"b/c":[1, null]}}'],
    ['on lines as its neighbours', '{\n  "a": 1\n}\n', '/a', { b: [] }, '{\n  "a": {\n    "b": []\n  }\n}\n'],
    ['after the last', '{\n\t"a": 1\n}', '/b', { c: 2 }, '{\n\t"a": 1,\n\t"b": {\n\t\t"c": 2\n\t}\n}'],
    ['on the line of its neighbours', '{ "a": { "b": 1 } }', '/a/c', 2, '{ "a": { "b": 1, "c": 2 } }'],
    [
      'at the end of a list',
      '{\n  "a": [\n    1,\n    2\n  ]\n}',
      '/a/-',
      3,
      '{\n  "a": [\n    1,\n    2,\n    3\n  ]\n}',
    ],
    ['in what was empty', '{\n  "a": {}\n}', '/a/b', 1, '{\n  "a": {\n    "b": 1\n  }\n}'],
    ['in what was empty, on one line', '{"a":[]}', '/a/-', 1, '{"a":[1]}'],
    [
      'with line ends of Windows',
      '{\r\n  "a": 1\r\n}',
      '/b',
      [1],
      '{\r\n  "a": 1,\r\n  "b": [\r\n    1\r\n  ]\r\n}',
    ],
  ])('stands %s', (_where, text, pointer, value, expected) => {
    expect(edited(text, { kind: 'set', pointer, value })).toBe(expected);
  });
});

describe('when a member is taken away or renamed', () => {
  const text = '{\n  "a": 1,\n  "b": [1, 2],\n  "c": {}\n}\n';

  it.each<readonly [JsonEdit, string]>([
    [{ kind: 'remove', pointer: '/a' }, '{\n  "b": [1, 2],\n  "c": {}\n}\n'],
    [{ kind: 'remove', pointer: '/b' }, '{\n  "a": 1,\n  "c": {}\n}\n'],
    [{ kind: 'remove', pointer: '/c' }, '{\n  "a": 1,\n  "b": [1, 2]\n}\n'],
    [{ kind: 'remove', pointer: '/b/0' }, '{\n  "a": 1,\n  "b": [2],\n  "c": {}\n}\n'],
    [{ kind: 'rename', pointer: '/b', name: 'x"y' }, '{\n  "a": 1,\n  "x\\"y": [1, 2],\n  "c": {}\n}\n'],
  ])('%j leaves the rest as it is', (edit, expected) => {
    expect(edited(text, edit)).toBe(expected);
  });

  it('empties what held nothing else', () => {
    expect(edited('{ "a": 1 }', { kind: 'remove', pointer: '/a' })).toBe('{}');
  });
});

describe('when there is nothing to edit', () => {
  it.each<readonly [string, JsonEdit, string]>([
    ['{', { kind: 'set', pointer: '/a', value: 1 }, 'refused: '],
    ['{}', { kind: 'set', pointer: '', value: 1 }, 'refused: the whole file'],
    ['{}', { kind: 'remove', pointer: '/a' }, 'refused: there is no /a'],
    ['{}', { kind: 'set', pointer: '/a/b', value: 1 }, "refused: there is no object or list at '/a'"],
    ['{"a":5}', { kind: 'set', pointer: '/a/b', value: 1 }, 'refused: there is no object or list'],
    ['[1]', { kind: 'set', pointer: '/7', value: 1 }, 'refused: there is no /7'],
    ['[1]', { kind: 'rename', pointer: '/0', name: 'a' }, 'refused: /0 is an item'],
    ['{"a":1,"b":2}', { kind: 'rename', pointer: '/a', name: 'b' }, "refused: there is a 'b' already"],
  ])('%s says so of %j', (text, edit, expected) => {
    expect(edited(text, edit).startsWith(expected)).toBe(true);
  });
});

/** Every place in a value that an edit may name. */
function pointersIn(value: unknown, pointer = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const inner = join(pointer, key);
    return [inner, ...pointersIn(item, inner)];
  });
}

/** The same value as text in some form. */
const texts = fc
  .tuple(
    fc.jsonValue({ maxDepth: 4 }).filter((value) => pointersIn(value).length > 0),
    fc.constantFrom('', ' ', '  ', '\t'),
    fc.constantFrom('\n', '\r\n'),
    fc.constantFrom('', '\n'),
    fc.nat(),
  )
  .map(([value, step, line, end, pick]) => {
    const text = JSON.stringify(value, null, step).replaceAll('\n', line) + end;
    const pointers = pointersIn(JSON.parse(text));
    return { text, pointer: pointers[pick % pointers.length] ?? '' };
  });

/** The value with a change at a pointer, made without its text. */
function change(
  text: string,
  pointer: string,
  act: (holder: Record<string, unknown>, key: string) => void,
): unknown {
  const value: unknown = JSON.parse(text);
  const tokens = [...tokensOf(pointer)];
  const key = tokens.pop() ?? '';
  const holder = tokens.reduce<unknown>((at, token) => Reflect.get(Object(at), token), value);
  act(holder as Record<string, unknown>, key);
  return value;
}

describe('when any member of any JSON text is edited', () => {
  const put = (holder: Record<string, unknown>, key: string, value: unknown) =>
    Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });

  it('means what it meant with that member changed, and only its bytes are others', () => {
    fc.assert(
      fc.property(texts, fc.jsonValue(), ({ text, pointer }, value) => {
        const result = edited(text, { kind: 'set', pointer, value: value as Json });
        expect(JSON.parse(result)).toEqual(
          change(text, pointer, (holder, key) => put(holder, key, JSON.parse(JSON.stringify(value)))),
        );
        // Whatever was written there, what surrounds it is the same: so with another value, the same bytes come back.
        const mark = edited(text, { kind: 'set', pointer, value: 'mark' });
        expect(edited(result, { kind: 'set', pointer, value: 'mark' })).toBe(mark);
        const at = mark.indexOf('"mark"');
        expect(text.startsWith(mark.slice(0, at)) && text.endsWith(mark.slice(at + 6))).toBe(true);
      }),
    );
  });

  it('comes back byte for byte when what was added is removed, and what was renamed is named as before', () => {
    fc.assert(
      fc.property(texts, ({ text, pointer }) => {
        const holder = parentOf(pointer);
        const [name = ''] = tokensOf(pointer.slice(holder.length));
        let items: number | undefined;
        change(text, pointer, (value) => (items = Array.isArray(value) ? value.length : undefined));
        const added = edited(text, {
          kind: 'set',
          pointer: `${holder}/${items === undefined ? 'added' : '-'}`,
          value: { a: [1] },
        });
        expect(edited(added, { kind: 'remove', pointer: `${holder}/${items ?? 'added'}` })).toBe(text);
        if (items !== undefined) return;
        const renamed = edited(text, { kind: 'rename', pointer, name: 'fresh' });
        expect(edited(renamed, { kind: 'rename', pointer: `${holder}/fresh`, name })).toBe(text);
      }),
    );
  });

  it('means what it meant without a member that is removed', () => {
    fc.assert(
      fc.property(texts, ({ text, pointer }) => {
        expect(JSON.parse(edited(text, { kind: 'remove', pointer }))).toEqual(
          change(text, pointer, (holder, key) => {
            if (Array.isArray(holder)) holder.splice(Number(key), 1);
            else Reflect.deleteProperty(holder, key);
          }),
        );
      }),
    );
  });
});
