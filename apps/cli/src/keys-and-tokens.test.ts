// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { certificateFingerprint, certificateIdentity, parseToken } from '@fairlead/identity';
import { checkToken } from '@fairlead/identity/authority';
import { git, run, tempDir } from '@fairlead/testing';
import { readTrustedRoot } from '@fairlead/trust/verify';
import { X509Certificate } from 'node:crypto';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { devices, fairlead, newFleet, newSignedFleet } from './fairlead.fixture.ts';

const [device] = devices;
const json = ['--output', 'json'];

async function filesBelow(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('when the keys of a fleet are made', () => {
  it('writes them for their owner alone, and prints none of them', async () => {
    const dir = join(await tempDir('keys'), 'keys');
    const { code, stdout, stderr } = await fairlead(['keys', 'init', '--dir', dir]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const files = await filesBelow(dir);
    expect(files).toHaveLength(13);
    for (const file of files) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(stdout).not.toContain((await readFile(file, 'utf8')).trim());
    }
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });

  it('refuses server names that are neither DNS names nor addresses, and makes nothing', async () => {
    const dir = join(await tempDir('keys'), 'keys');
    const make = (names: string) => fairlead(['keys', 'init', '--dir', dir, '--server-names', names]);
    const { code, stderr } = await make('bad name!,fleet.example.org,10.0.0.256,::1,');
    expect(code).toBe(2);
    expect(stderr).toContain("'bad name!', '10.0.0.256', ''");
    await expect(stat(dir)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await make('fleet-1.example.org, 192.0.2.7,::1')).code).toBe(0);
  });

  it('makes a root that names the CA, certificates under it, and puts the root into the repository', async () => {
    const { dir } = await newFleet();
    const keys = join(await tempDir('keys'), 'keys');
    const made = await fairlead(['keys', 'init', '--dir', keys, '--repo', dir, ...json]);
    expect(JSON.parse(made.stdout)).toEqual({
      dir: keys,
      fleet: expect.any(String),
      root: join(dir, 'trust/root/1.json'),
    });
    const { fleet } = JSON.parse(made.stdout);
    const root = await readFile(join(keys, 'root.json'));
    const ca = new X509Certificate(await readFile(join(keys, 'ca.crt')));
    expect(readTrustedRoot(root)).toMatchObject({
      ok: true,
      value: { version: 1, ca: [certificateFingerprint(ca)] },
    });
    expect(sha256(root)).toBe(fleet);
    expect(await readFile(join(dir, 'trust/root/1.json'))).toEqual(root);
    const identityOf = async (name: string) =>
      certificateIdentity(new X509Certificate(await readFile(join(keys, name, 'cert.pem'))));
    expect(await identityOf('server')).toEqual({ ok: true, value: { kind: 'server', fleet } });
    expect(await identityOf('operator')).toEqual({
      ok: true,
      value: { kind: 'operator', fleet, name: 'operator' },
    });
    for (const name of ['server', 'operator']) {
      expect(
        await run('openssl', ['verify', '-CAfile', join(keys, 'ca.crt'), join(keys, name, 'cert.pem')]),
      ).toMatchObject({ code: 0 });
    }
  });

  it('never overwrites keys or a first root', async () => {
    const { dir, keys } = await newSignedFleet();
    const before = await readFile(join(keys, 'root.pem'));
    const again = await fairlead(['keys', 'init', '--dir', keys, ...json]);
    expect({ code: again.code, error: JSON.parse(again.stdout).error.code }).toEqual({
      code: 1,
      error: 'keys-exist',
    });
    const other = join(await tempDir('keys'), 'other');
    expect((await fairlead(['keys', 'init', '--dir', other, '--repo', dir])).code).toBe(1);
    await expect(stat(other)).rejects.toThrow();
    expect(await readFile(join(keys, 'root.pem'))).toEqual(before);
  });

  it('refuses a bare repository before it makes any key', async () => {
    const { dir } = await newFleet();
    const bare = join(await tempDir('bare'), 'fleet.git');
    await git(dir, 'clone', '--quiet', '--bare', dir, bare);
    const keys = join(await tempDir('keys'), 'keys');
    expect((await fairlead(['keys', 'init', '--dir', keys, '--repo', bare])).code).toBe(3);
    await expect(stat(keys)).rejects.toThrow();
  });
});

describe('when an enrolment token is made', () => {
  it('prints the token alone, which the keys of the fleet accept for a day', async () => {
    const { keys, fleet } = await newSignedFleet();
    const { code, stdout, stderr } = await fairlead([
      'enroll',
      'token',
      'create',
      '--device',
      device.toUpperCase(),
      '--keys',
      keys,
    ]);
    expect({ code, stderr, lines: stdout.split('\n').length }).toEqual({ code: 0, stderr: '', lines: 2 });
    const enrolmentKey = await readFile(join(keys, 'enrolment.key'));
    const parsed = parseToken(stdout);
    const expires = parsed.ok ? parsed.value.expires : 0;
    const at = (now: number) => checkToken(stdout, { enrolmentKey, fleet, now });
    expect(at(expires - 1)).toMatchObject({ ok: true, value: { device } });
    expect(at(expires)).toMatchObject({ ok: false, error: { code: 'token-expired' } });
  });

  it('tells id, device and expiry as JSON', async () => {
    const { keys } = await newSignedFleet();
    const args = [
      'enroll',
      'token',
      'create',
      '--device',
      device,
      '--keys',
      keys,
      '--expires',
      '1h 30m',
      ...json,
    ];
    const { token, id, expires, ...rest } = JSON.parse((await fairlead(args)).stdout);
    expect(rest).toEqual({ device });
    expect(parseToken(token)).toMatchObject({
      ok: true,
      value: { id, device, expires: Date.parse(expires) },
    });
  });

  it('keeps the token to its owner in a file', async () => {
    const { keys } = await newSignedFleet();
    const out = join(await tempDir('out'), 'token');
    await fairlead(['enroll', 'token', 'create', '--device', device, '--keys', keys, '-o', out]);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect(parseToken(await readFile(out, 'utf8')).ok).toBe(true);
  });

  it('refuses what is no device id, keys that are open, and keys that are not there', async () => {
    const { keys } = await newSignedFleet();
    const make = async (...args: readonly string[]) =>
      (await fairlead(['enroll', 'token', 'create', ...args])).code;
    expect(await make('--device', 'gateway', '--keys', keys)).toBe(2);
    expect(await make('--device', device, '--keys', keys, '--expires', '0s')).toBe(2);
    expect(await make('--device', device, '--keys', `${keys}-not`)).toBe(3);
    await chmod(join(keys, 'enrolment.key'), 0o644);
    expect(await make('--device', device, '--keys', keys)).toBe(3);
  });
});
