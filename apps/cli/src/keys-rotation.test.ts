// SPDX-License-Identifier: Apache-2.0
import { tempDir } from '@fairlead/testing';
import { judgeSuccessor } from '@fairlead/trust/verify';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { fairlead, newSignedFleet, type SignedFleet } from './fairlead.fixture.ts';

// Every step is a process of its own.
vi.setConfig({ testTimeout: 60_000 });

let fleet: SignedFleet;
let holders: string;
/** First thing in each test: a fleet of its own. */
async function begin(): Promise<void> {
  fleet = await newSignedFleet();
  holders = await tempDir('holders');
}

interface Answer {
  readonly code: number | null;
  /** Of the answer or of the error. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: string;
}

async function keys(...args: readonly string[]): Promise<Answer> {
  const { code, stdout } = await fairlead(['keys', ...args, '--output', 'json']);
  const answer = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  return { code, json: (answer['error'] as Answer['json'] | undefined) ?? answer, text: stdout };
}
const rotate = (...args: readonly string[]): Promise<Answer> =>
  keys('rotate', '--dir', fleet.keys, '--repo', fleet.dir, ...args);
const root = (version: number): string => join(fleet.dir, `trust/root/${String(version)}.json`);
const bytesOf = (version: number): Promise<Buffer> => readFile(root(version));

async function newKey(name: string): Promise<string> {
  const file = join(holders, `${name}.pem`);
  expect(await keys('create', '--key', file)).toMatchObject({ code: 0, json: { public: `${file}.pub` } });
  return file;
}

describe('when a key is rotated', () => {
  it('puts a new one beside the old one for its owner alone, and prints neither', async () => {
    await begin();
    const before = await readdir(fleet.keys);
    const done = await rotate('--role', 'snapshot');
    expect(done).toMatchObject({
      code: 0,
      json: { version: 2, complete: true, files: ['snapshot.2.pem'], root: root(2) },
    });
    expect((await readdir(fleet.keys)).filter((name) => !before.includes(name))).toEqual(['snapshot.2.pem']);
    const key = join(fleet.keys, 'snapshot.2.pem');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect(done.text).not.toContain((await readFile(key, 'utf8')).slice(30, 60));
    expect(judgeSuccessor(await bytesOf(1), await bytesOf(2))).toMatchObject({ ok: true });
    const shown = await keys('show', '--repo', fleet.dir, '--dir', fleet.keys);
    expect(shown.json).toMatchObject({
      version: 2,
      complete: true,
      roles: { snapshot: { threshold: 1, keys: [{ held: true }] } },
    });
  });

  it('is written by several holders, each on a machine of their own', async () => {
    await begin();
    const [anna, bela] = [await newKey('anna'), await newKey('bela')];
    const add = `${anna}.pub,${bela}.pub`;
    expect(await rotate('--role', 'root', '--add', add, '--threshold', '3')).toMatchObject({
      code: 0,
      json: { version: 2, complete: false, files: [] },
    });
    // Nothing is built on a root that is not complete.
    expect(await rotate('--role', 'timestamp')).toMatchObject({ code: 1, json: { code: 'root-invalid' } });
    const stranger = await newKey('stranger');
    expect(await keys('sign', root(2), '--key', stranger)).toMatchObject({
      json: { code: 'keys-not-listed' },
    });
    expect(await keys('sign', root(2), '--key', anna)).toMatchObject({ code: 0, json: { complete: false } });
    expect(await keys('sign', root(2), '--key', bela)).toMatchObject({ code: 0, json: { complete: true } });
    expect(judgeSuccessor(await bytesOf(1), await bytesOf(2))).toMatchObject({ ok: true });
    expect(await rotate('--role', 'root', '--threshold', '2')).toMatchObject({ json: { complete: false } });
    await keys('sign', root(3), '--key', anna);
    expect(await keys('sign', root(3), '--key', bela)).toMatchObject({ json: { complete: true } });
  });

  it('refuses what would lock the fleet out, or is not clear, and writes nothing', async () => {
    await begin();
    const misused = async (...args: readonly string[]): Promise<unknown> =>
      (await rotate(...args)).json['code'];
    await rotate('--role', 'root', '--add', `${await newKey('anna')}.pub`);
    const { json } = await keys('show', '--repo', fleet.dir);
    const ids = (json as { roles: { root: { keys: { id: string }[] } } }).roles.root.keys.map(({ id }) => id);
    const before = [await readdir(fleet.keys), await readdir(join(fleet.dir, 'trust/root'))];
    expect(await misused('--role', 'root', '--threshold', '4')).toBe('misuse');
    expect(await misused('--role', 'root', '--remove', ids.join(','))).toBe('misuse');
    expect(await misused('--role', 'root', '--remove', (ids[0] ?? '').slice(0, 7))).toBe('misuse');
    expect(await misused('--role', 'targets', '--add', join(fleet.keys, 'ca.crt'))).toBe('keys-missing');
    expect(await misused('--role', 'ca', '--remove', String((json['ca'] as string[])[0]))).toBe('misuse');
    expect(await misused()).toBe('misuse');
    expect([await readdir(fleet.keys), await readdir(join(fleet.dir, 'trust/root'))]).toEqual(before);
  });

  it('takes no private key that others may read, and leaves the first root alone', async () => {
    await begin();
    await rotate('--role', 'timestamp');
    const open = await newKey('open');
    await chmod(open, 0o644);
    expect(await keys('sign', root(2), '--key', open)).toMatchObject({
      code: 3,
      json: { code: 'keys-too-open' },
    });
    expect(await keys('sign', root(1), '--key', join(fleet.keys, 'root.pem'))).toMatchObject({
      json: { code: 'misuse' },
    });
    expect(await keys('create', '--key', open)).toMatchObject({ json: { code: 'keys-exist' } });
  });
});

describe('when there is nothing to accept or to sign', () => {
  it('says why, and commits nothing', async () => {
    await begin();
    const { dir, head } = fleet;
    const accepted = await fairlead(['history', 'accept', '--repo', dir, '--output', 'json']);
    expect(JSON.parse(accepted.stdout)).toMatchObject({ error: { code: 'log-missing' } });
    const key = join(fleet.keys, 'snapshot.pem');
    const signed = await fairlead([
      'release',
      'sign',
      'HEAD',
      '--repo',
      dir,
      '--key',
      key,
      '--output',
      'json',
    ]);
    expect(JSON.parse(signed.stdout)).toMatchObject({ error: { code: 'keys-not-listed' } });
    const broken = await fleet.commit({ 'fleet.json': '{' });
    const refused = await fairlead([
      'release',
      'sign',
      broken,
      '--repo',
      dir,
      '--key',
      key,
      '--output',
      'json',
    ]);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, commit: broken });
    expect(head).not.toBe(broken);
  });
});
