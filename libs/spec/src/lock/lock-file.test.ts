// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locate } from '../parsed-file.ts';
import { parseLockFile } from '../parse-files.ts';
import { emptyLock, lockedEntry, lockKey, type LockFile } from './lock-file.ts';
import { printLock } from './print-lock.ts';

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${String(length)}}$`));
const digest = hex(64).map((text) => `sha256:${text}` as const);
const size = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const content = fc.record({ digest, size });
const format = fc.constantFrom('tar' as const, 'zip' as const, 'file' as const);
const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '10', '9', 'x-a', 'é'));
const entries = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc
    .array(fc.tuple(key, value), { maxLength: 6 })
    .map((pairs) => Object.fromEntries(pairs) as Record<string, T>);
/** What JSON can say and bring back alike: no numbers that the language refuses. */
const anything = fc
  .jsonValue({ maxDepth: 3 })
  .filter((value) => !/\d{16}|\de/.test(JSON.stringify(value)))
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

const lock: fc.Arbitrary<LockFile> = fc.record({
  images: entries(content),
  files: entries(content),
  branches: entries(fc.record({ commit: hex(40) })),
  pods: entries(
    fc.record({
      id: digest,
      specification: entries(anything),
      blobs: entries(fc.record({ digest, size, format })),
    }),
  ),
});

const $schema = 'https://fairlead.dev/schemas/lock/v1.json';
const parse = (text: string) => parseLockFile(Buffer.from(text));

/** The same content with the keys of every object turned round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, inner]) => [name, reversed(inner)] as const)
      .reverse(),
  );
}

describe('when a lock is printed', () => {
  it('means the same when it is read again', () => {
    fc.assert(
      fc.property(lock, (given) => {
        expect(parse(printLock(given))).toMatchObject({ problems: [] });
        expect(parse(printLock(given)).value).toEqual({ ...given, $schema });
      }),
    );
  });

  it('has one text, whatever the order of its keys', () => {
    fc.assert(
      fc.property(lock, (given) => {
        expect(printLock(reversed(given) as LockFile)).toBe(printLock(given));
      }),
    );
  });

  it('is short where there is nothing, and keeps keys of its owner', () => {
    expect(printLock(emptyLock)).toBe(`{\n  "$schema": "${$schema}"\n}\n`);
    const read = parse('{"x-owner": {"b": 1, "a": [2]}}').value ?? emptyLock;
    expect(printLock(read)).toBe(
      `{\n  "$schema": "${$schema}",\n  "x-owner": {\n    "a": [\n      2\n    ],\n    "b": 1\n  }\n}\n`,
    );
  });
});

describe('when a lock is read', () => {
  it('tells each entry that lacks the form, and keeps the others', () => {
    const sha = `sha256:${'a'.repeat(64)}`;
    const { value, text, problems } = parse(`{
      "files": {
        "https://a": {"digest": "${sha}", "size": 1},
        "https://b": {"digest": "md5:1",
          "size": 0}
      },
      "branches": {"https://c#main": {"commit": "HEAD"}},
      "immages": {}
    }`);
    expect(locate('l', text, problems).map(({ code, line }) => `${code} ${String(line)}`)).toEqual([
      'invalid-value 4',
      'invalid-value 5',
      'invalid-value 7',
      'unknown-key 8',
    ]);
    expect(value?.images).toEqual({});
    expect(lockedEntry(value?.files ?? {}, 'https://a')).toEqual({ digest: sha, size: 1 });
  });

  it('never throws, and says why there is no value', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.jsonValue().map((value) => JSON.stringify(value)),
        ),
        (text) => {
          const { value, problems } = parse(text);
          expect(value !== undefined || problems.length > 0).toBe(true);
        },
      ),
    );
  });
});

describe('when an entry is looked for', () => {
  it('finds none that every object has', () => {
    expect(lockedEntry({}, 'constructor')).toBeUndefined();
    expect(lockedEntry({}, '__proto__')).toBeUndefined();
  });

  it('stands in the section of its kind', () => {
    expect(lockKey({ kind: 'image', reference: 'docker.io/library/a:1' })).toEqual({
      section: 'images',
      key: 'docker.io/library/a:1',
    });
    expect(lockKey({ kind: 'file', url: 'https://a/b' })).toEqual({ section: 'files', key: 'https://a/b' });
    expect(lockKey({ kind: 'branch', repository: 'https://a/b.git', branch: 'main' })).toEqual({
      section: 'branches',
      key: 'https://a/b.git#main',
    });
    expect(lockKey({ kind: 'pod', reference: 'p@1' })).toEqual({ section: 'pods', key: 'p@1' });
  });
});
