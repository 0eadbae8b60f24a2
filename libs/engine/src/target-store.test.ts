// SPDX-License-Identifier: Apache-2.0
import { digestHex, sha256 } from '@fairlead/base';
import { targetDigest } from '@fairlead/target';
import { jobUnit, targetOf } from '@fairlead/target/testing';
import { tempDir } from '@fairlead/testing';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTargetStore } from './target-store.ts';

const [one, two] = [targetOf(jobUnit({ name: 'a' })), targetOf(jobUnit({ name: 'b' }))];

describe('when a target state is saved', () => {
  it('is loaded by its digest', async () => {
    const store = openTargetStore(join(await tempDir(), 'targets'));

    expect(await store.save(one)).toBe(targetDigest(one));
    expect(await store.load(targetDigest(one))).toEqual(one);
  });
});

describe('when a target state cannot be written', () => {
  it('says so with a code that is tried again', async () => {
    const dir = join(await tempDir(), 'targets');
    await writeFile(dir, 'in the way');

    await expect(openTargetStore(dir).save(one)).rejects.toMatchObject({ code: 'storage-failed' });
  });
});

describe('when a target state cannot be believed', () => {
  it('refuses a missing and a damaged one', async () => {
    const dir = await tempDir();
    const store = openTargetStore(dir);
    await writeFile(join(dir, `${digestHex(sha256('x'))}.json`), '{"format":1,"units":[]}');

    await expect(store.load(sha256('x'))).rejects.toMatchObject({ code: 'storage-failed' });
    await expect(store.load(sha256('y'))).rejects.toMatchObject({ code: 'storage-failed' });
  });
});

describe('when some are retained', () => {
  it('removes the others, and what a crash left half written', async () => {
    const dir = await tempDir();
    const store = openTargetStore(dir);
    await store.save(one);
    await store.save(two);
    await writeFile(join(dir, 'half.json.new'), '{');

    await store.retain(new Set([targetDigest(two)]));

    expect(await readdir(dir)).toEqual([`${digestHex(targetDigest(two))}.json`]);
  });
});
