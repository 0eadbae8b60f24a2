// SPDX-License-Identifier: Apache-2.0
import { FairleadError, sha256 } from '@fairlead/base';
import { emptyLock, lockKey, type LockFile, type MutableReference, type Pins } from '@fairlead/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planLock } from './plan-lock.ts';
import type { Meaning, Resolver } from './resolve/resolver.ts';
import { isUnavailable, updateLock } from './update-lock.ts';

const { signal } = new AbortController();
const entry = (text: string) => ({ digest: sha256(text), size: text.length });
const file = (url: string, line = 1, pins: Pins = {}): MutableReference => ({
  reference: { kind: 'file', url },
  pins,
  place: { file: 'running/a.json', line, column: 1, endLine: line, endColumn: 2 },
});
const lockOf = (files: LockFile['files']): LockFile => ({ ...emptyLock, files });

/** A world in which URLs have these contents; any other is missing, except those that are down. */
function worldOf(contents: Readonly<Record<string, string>>): Resolver {
  return {
    async resolve(reference): Promise<Meaning> {
      const { key } = lockKey(reference);
      const text = contents[key];
      if (key.startsWith('down')) throw new FairleadError({ code: 'remote-unreachable', message: key });
      if (text === undefined) throw new FairleadError({ code: 'reference-missing', message: key });
      return { kind: 'file', entry: entry(text), md5: 'f'.repeat(32) };
    },
  };
}

describe('when a lock is brought up to date', () => {
  it('resolves what is missing, drops what is unused, and leaves the rest as it is', async () => {
    const lock = { ...lockOf({ a: entry('old'), b: entry('b') }), 'x-by': 'me' };
    const plan = planLock({ references: [file('a'), file('c'), file('c', 9)], lock, complete: true });
    const updated = await updateLock(lock, plan, worldOf({ a: 'new', c: 'c' }), signal);
    expect(updated).toEqual({
      ok: true,
      value: {
        lock: { ...lockOf({ a: entry('old'), c: entry('c') }), 'x-by': 'me' },
        changes: [
          { section: 'files', key: 'c', change: 'added', after: entry('c') },
          { section: 'files', key: 'b', change: 'removed', before: entry('b') },
        ],
      },
    });
  });

  it('drops nothing where references may be hidden', () => {
    const lock = lockOf({ b: entry('b') });
    expect(planLock({ references: [], lock, complete: false }).drop).toEqual([]);
  });

  it('resolves again what is asked for, and shows what it was', async () => {
    const lock = lockOf({ a: entry('old'), b: entry('same'), c: entry('c') });
    const references = [file('a'), file('b'), file('c')];
    const plan = planLock({ references, lock, again: ({ key }) => key !== 'c', complete: true });
    expect(await updateLock(lock, plan, worldOf({ a: 'new', b: 'same' }), signal)).toMatchObject({
      ok: true,
      value: {
        lock: lockOf({ a: entry('new'), b: entry('same'), c: entry('c') }),
        changes: [
          { key: 'a', change: 'updated', before: entry('old'), after: entry('new') },
          { key: 'b', change: 'unchanged' },
        ],
      },
    });
  });

  it('resolves again what is pinned otherwise than locked, and refuses what is pinned otherwise than it is', async () => {
    const lock = lockOf({ a: entry('old') });
    const run = (pins: Pins) => {
      const references = [file('a', 3), file('a', 5, pins)];
      return updateLock(lock, planLock({ references, lock, complete: true }), worldOf({ a: 'new' }), signal);
    };
    expect(await run({ digest: sha256('new') })).toMatchObject({
      ok: true,
      value: { lock: lockOf({ a: entry('new') }) },
    });
    for (const pins of [{ digest: sha256('third') }, { size: 4 }])
      expect(await run(pins)).toMatchObject({ ok: false, error: [{ code: 'lock-mismatch', line: 5 }] });
    expect(await run({ size: 3, md5: 'e'.repeat(32) })).toMatchObject({
      ok: true,
      value: { changes: [] },
    });
  });

  it('compares the MD5 where it downloads', async () => {
    const references = [file('a', 5, { md5: 'e'.repeat(32) })];
    const plan = planLock({ references, lock: emptyLock, complete: true });
    expect(await updateLock(emptyLock, plan, worldOf({ a: 'new' }), signal)).toMatchObject({
      ok: false,
      error: [{ code: 'lock-mismatch', message: expect.stringContaining('md5 ffff') }],
    });
  });

  it('tells everything that cannot be resolved, each at the place that names it first, and changes nothing', async () => {
    const references = [file('down', 7), file('a', 2), file('gone', 3), file('gone', 4)];
    const plan = planLock({ references, lock: emptyLock, complete: true });
    const updated = await updateLock(emptyLock, plan, worldOf({ a: 'a' }), signal);
    expect(updated).toMatchObject({
      ok: false,
      error: [
        { code: 'reference-missing', file: 'running/a.json', line: 3, severity: 'error' },
        { code: 'remote-unreachable', line: 7 },
      ],
    });
    if (!updated.ok) {
      expect(isUnavailable(updated.error)).toBe(true);
      expect(isUnavailable(updated.error.slice(0, 1))).toBe(false);
    }
  });

  it('ends with the reason when it is called off', async () => {
    const plan = planLock({ references: [file('a')], lock: emptyLock, complete: true });
    const off = AbortSignal.abort(new Error('enough'));
    await expect(updateLock(emptyLock, plan, worldOf({}), off)).rejects.toThrow('enough');
  });

  it('has nothing left to do after it was done, whatever is named and locked', async () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), { maxLength: 6 });
    const everything = { a: '1', b: '2', c: '3', __proto__: '', constructor: '5' };
    const world = worldOf(
      Object.fromEntries([...Object.keys(everything), '__proto__'].map((name) => [name, name])),
    );
    await fc.assert(
      fc.asyncProperty(names, names, async (named, locked) => {
        const references = named.map((name) => file(name));
        const lock = lockOf(Object.fromEntries(locked.map((name) => [name, entry('old')])));
        const updated = await updateLock(lock, planLock({ references, lock, complete: true }), world, signal);
        if (!updated.ok) throw new Error(updated.error[0]?.message);
        expect(Object.keys(updated.value.lock.files).sort()).toEqual([...new Set(named)].sort());
        expect(planLock({ references, lock: updated.value.lock, complete: true })).toEqual({
          resolve: [],
          drop: [],
        });
      }),
    );
  });
});
