// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, sha256, type Json } from '@fairlead/base';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { targetBytes, targetDigest } from './canonical-target.ts';
import { targetLimits } from './limits.ts';
import { parseTarget } from './parse-target.ts';
import { jobUnit, targetOf } from './testing/units.ts';

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');

function problemsOf(bytes: Uint8Array): readonly string[] {
  const parsed = parseTarget(bytes);
  return parsed.ok ? [] : parsed.error;
}

/** The canonical bytes of a one-job target with some fields of the job replaced, valid or not. */
function withFields(fields: Record<string, Json>): Uint8Array {
  return utf8(canonicalJson({ format: 1, units: [{ ...jobUnit({ name: 'a' }), ...fields }] }));
}

describe('when the bytes are the canonical form of a target state', () => {
  it('takes the empty one of a retired device', () => {
    expect(parseTarget(utf8('{"format":1,"units":[]}'))).toEqual({ ok: true, value: targetOf() });
  });
});

describe('when the bytes are anything else', () => {
  it('answers and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parseTarget(bytes).ok).toBe(false);
      }),
    );
  });

  it('answers for any JSON in place of the value or a unit', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parseTarget(utf8(JSON.stringify(value))).ok).toBe(false);
        expect(parseTarget(utf8(JSON.stringify({ format: 1, units: [value] }))).ok).toBe(false);
      }),
    );
  });

  it('refuses a valid one with one byte changed, or gives another digest', () => {
    const bytes = targetBytes(
      targetOf(jobUnit({ name: 'a', requires: [] }), jobUnit({ name: 'b', requires: ['a'] })),
    );
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ flip : byte));
        const parsed = parseTarget(changed);
        if (parsed.ok) expect(targetDigest(parsed.value)).toBe(sha256(changed));
      }),
    );
  });
});

describe('when the writing differs from the canonical one', () => {
  const canonical = Buffer.from(targetBytes(targetOf(jobUnit({ name: 'a' })))).toString('utf8');

  it.each([
    ['blanks', canonical.replace('{', '{ ')],
    ['a newline at the end', `${canonical}\n`],
    ['a key twice', canonical.replace('"format":1', '"format":1,"format":1')],
    ['keys in another order', '{"units":[],"format":1}'],
    ['an escape', canonical.replace('/bin/true', String.raw`\/bin/true`)],
    ['a number with a fraction', canonical.replace('"limit":0', '"limit":0.0')],
    ['a lone surrogate', canonical.replace('/bin/true', String.raw`\ud800`)],
  ])('refuses %s', (_, text) => {
    expect(problemsOf(utf8(text))).toEqual(['not in canonical form (RFC 8785)']);
  });

  it('refuses bytes that are no UTF-8, and a byte order mark', () => {
    expect(problemsOf(Uint8Array.of(0x22, 0xff, 0x22))).toEqual(['no JSON in UTF-8']);
    expect(problemsOf(utf8(`\uFEFF${canonical}`))).toEqual(['no JSON in UTF-8']);
  });

  it('refuses more than it would ever read', () => {
    expect(problemsOf(new Uint8Array(targetLimits.bytes + 1))).toEqual(['longer than 16777216 bytes']);
  });
});

describe('when units are wrong in themselves', () => {
  it('names every problem with its place', () => {
    const bytes = withFields({
      name: '..',
      program: '',
      extra: 1,
      stop: { graceMs: -1 },
      ready: { kind: 'never' },
    });

    expect(problemsOf(bytes).map((problem) => problem.split(':')[0])).toEqual(
      expect.arrayContaining([
        'units.0.name',
        'units.0.program',
        'units.0.extra',
        'units.0.stop.graceMs',
        'units.0.ready.kind',
      ]),
    );
  });

  it.each([
    ['a name that leaves the folder', { name: 'a..b' }],
    ['a name of 64 characters', { name: 'a'.repeat(64) }],
    ['a NUL in an argument', { args: ['a\0b'] }],
    ['a variable without name', { env: { '': 'x' } }],
    ['a variable with = in its name', { env: { 'A=B': 'x' } }],
    ['a fraction of a millisecond', { ready: { kind: 'delay', ms: 0.5 } }],
    ['requirements out of order', { requires: ['c', 'b'] }],
    ['a requirement twice', { requires: ['b', 'b'] }],
    ['no members', { members: [] }],
    [
      'a config in use that is not there',
      { members: [{ name: 'a', image: null, configs: [], config: 'x', definition: null }] },
    ],
    ['an upper-case digest', { members: [withImage({ digest: sha256('x').toUpperCase() })] }],
    ['an image from the disk', { members: [withImage({ url: 'file:///etc/passwd' })] }],
    ['an undefined image key', { members: [withImage({ sha1: 'x' })] }],
  ])('refuses %s', (_, fields) => {
    expect(problemsOf(withFields(fields))).not.toEqual([]);
  });

  it.each(['/etc/x', '../x', 'a/../b', 'a//b', './a', 'a/', '', 'a\\b'])(
    'refuses the config file path %j',
    (path) => {
      const files = [{ url: 'https://h/x', digest: sha256('x'), size: 1, format: 'file', path }];
      const configs = [{ name: 'c', data: null, encoding: 'utf8', files }];

      expect(
        problemsOf(
          withFields({ members: [{ name: 'a', image: null, configs, config: 'c', definition: null }] }),
        ),
      ).toHaveLength(1);
    },
  );

  function withImage(fields: Record<string, Json>): Record<string, Json> {
    const image = {
      url: 'https://h/x',
      digest: sha256('x'),
      size: 1,
      format: 'tar',
      version: '1',
      ...fields,
    };
    return { name: 'a', image, configs: [], config: null, definition: null };
  }
});

describe('when units contradict each other', () => {
  it('names every requirement that no unit meets', () => {
    const target = targetOf(jobUnit({ name: 'a', requires: ['x', 'y'] }));

    expect(problemsOf(targetBytes(target))).toEqual([
      "'a' requires 'x', which is no unit",
      "'a' requires 'y', which is no unit",
    ]);
  });

  it('names who stands in a circle, or waits for one', () => {
    const target = targetOf(
      jobUnit({ name: 'a', requires: ['b'] }),
      jobUnit({ name: 'b', requires: ['a'] }),
      jobUnit({ name: 'c' }),
      jobUnit({ name: 'd', requires: ['a'] }),
    );

    expect(problemsOf(targetBytes(target))).toEqual(["a circle of requirements goes through 'a', 'b', 'd'"]);
  });

  it('refuses units out of order', () => {
    const bytes = utf8(canonicalJson({ format: 1, units: [jobUnit({ name: 'b' }), jobUnit({ name: 'a' })] }));

    expect(problemsOf(bytes)).toEqual(['units: not in rising order, or something twice']);
  });
});
