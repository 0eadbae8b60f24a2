// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { run, runOk, tempDir } from '@fairlead/testing';
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificateLife, createAuthorityKeys, openAuthority } from './authority.ts';
import { createCsr, createDeviceKey } from './device.ts';
import { certificateFingerprint, certificateIdentity, verifyIdentity } from './index.ts';

const now = Date.UTC(2026, 5, 1);
const fleet = sha256('root');
const device = '0b9e1c5a-0000-4000-8000-000000000001';
const keys = await createAuthorityKeys(now);
const authority = openAuthority(keys);
const ca = new X509Certificate(keys.certificate);

async function deviceCertificate(at = now): Promise<X509Certificate> {
  const issued = await authority.issueDevice({
    csr: createCsr(createDeviceKey(), 'any name'),
    fleet,
    device,
    now: at,
  });
  return new X509Certificate(issued.ok ? issued.value.certificate : '');
}

describe('when a device asks for a certificate', () => {
  it('gets one for the id that the server writes, with the key of its own', async () => {
    const key = createDeviceKey();
    const issued = await authority.issueDevice({ csr: createCsr(key, 'somebody-else'), fleet, device, now });
    const certificate = new X509Certificate(issued.ok ? issued.value.certificate : '');
    expect(certificateIdentity(certificate)).toEqual({
      ok: true,
      value: { kind: 'device', fleet, id: device },
    });
    expect(certificate.publicKey.equals(createPublicKey(key))).toBe(true);
    expect(issued).toMatchObject({
      value: { fingerprint: certificateFingerprint(certificate), expires: now + certificateLife.device },
    });
  });

  it('is believed from 1970 on, and for 90 days', async () => {
    const certificate = await deviceCertificate();
    expect(certificate.validFromDate.getTime()).toBe(0);
    expect(certificate.validToDate.getTime()).toBe(now + 90 * 86_400_000);
  });

  it('has to prove that it holds the key', async () => {
    const csr = Buffer.from(createCsr(createDeviceKey(), 'device'));
    const stranger = createCsr(createDeviceKey(), 'device');
    // The end of the request is its signature.
    const forged = Buffer.concat([csr.subarray(0, 200), Buffer.from(stranger).subarray(200)]);
    for (const bytes of [forged, csr.subarray(0, -1), Buffer.from(''), Buffer.from('not a request')]) {
      expect(await authority.issueDevice({ csr: bytes, fleet, device, now })).toMatchObject({ ok: false });
    }
  });

  it('writes a request that openssl reads and verifies', async () => {
    const dir = await tempDir('csr');
    await writeFile(join(dir, 'csr.der'), createCsr(createDeviceKey(), `device ${'x'.repeat(50)}`));
    const { code, stdout, stderr } = await run('openssl', [
      'req',
      '-inform',
      'DER',
      '-in',
      join(dir, 'csr.der'),
      '-verify',
      '-noout',
      '-subject',
    ]);
    expect({ code, text: stdout + stderr }).toMatchObject({
      code: 0,
      text: expect.stringContaining('verify OK'),
    });
    expect(stdout).toContain('device xxx');
  });

  it('is refused for another kind of key', async () => {
    const dir = await tempDir('csr');
    const path = join(dir, 'key.pem');
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    await writeFile(path, pem);
    await runOk('openssl', [
      'req',
      '-new',
      '-key',
      path,
      '-subj',
      '/CN=x',
      '-outform',
      'DER',
      '-out',
      join(dir, 'csr.der'),
    ]);
    const csr = await readFile(join(dir, 'csr.der'));
    expect(await authority.issueDevice({ csr, fleet, device, now })).toEqual({
      ok: false,
      error: 'the signing request is not for a P-256 key',
    });
  });
});

describe('when openssl looks at what the authority issued', () => {
  it('accepts each chain for its purpose, and no other purpose', async () => {
    const dir = await tempDir('chain');
    const server = await authority.issueServer({
      key: createDeviceKey(),
      fleet,
      names: ['localhost', '127.0.0.1', '::1'],
      now,
    });
    const operator = await authority.issueOperator({ key: createDeviceKey(), fleet, name: 'ada', now });
    await writeFile(join(dir, 'ca.pem'), keys.certificate);
    await writeFile(join(dir, 'server.pem'), server.certificate);
    await writeFile(join(dir, 'operator.pem'), operator.certificate);
    await writeFile(join(dir, 'device.pem'), (await deviceCertificate()).toString());
    const verify = (name: string, purpose: string) =>
      run('openssl', [
        'verify',
        '-x509_strict',
        '-attime',
        String(now / 1000 + 60),
        '-CAfile',
        join(dir, 'ca.pem'),
        '-purpose',
        purpose,
        join(dir, `${name}.pem`),
      ]);
    expect(await verify('server', 'sslserver')).toMatchObject({ code: 0 });
    expect(await verify('operator', 'sslclient')).toMatchObject({ code: 0 });
    expect(await verify('device', 'sslclient')).toMatchObject({ code: 0 });
    expect((await verify('device', 'sslserver')).code).not.toBe(0);
    expect((await verify('server', 'sslclient')).code).not.toBe(0);
  });

  it('finds names and addresses of the server beside its identity', async () => {
    const { certificate } = await authority.issueServer({
      key: createDeviceKey(),
      fleet,
      names: ['localhost', '127.0.0.1', '::1'],
      now,
    });
    const parsed = new X509Certificate(certificate);
    expect(parsed.checkHost('localhost')).toBe('localhost');
    expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificateIdentity(parsed)).toEqual({ ok: true, value: { kind: 'server', fleet } });
  });

  it('sees a CA that lives 20 years and signs leaves only', () => {
    expect(ca.ca).toBe(true);
    expect(ca.validFromDate.getTime()).toBe(0);
    expect(ca.validToDate.getTime()).toBe(now + certificateLife.ca);
    expect(authority.fingerprint).toBe(certificateFingerprint(ca));
  });
});

describe('when the chain is checked by our own code', () => {
  const context = { authorities: [ca], fleet, now };

  it('tells who it is, and whether it has expired', async () => {
    const certificate = await deviceCertificate();
    expect(verifyIdentity(certificate, context)).toMatchObject({
      ok: true,
      value: { identity: { kind: 'device', id: device }, expired: false },
    });
    const late = { ...context, now: now + 91 * 86_400_000 };
    expect(verifyIdentity(certificate, late)).toMatchObject({ ok: true, value: { expired: true } });
  });

  it('refuses a stranger, expired or not, even under the same name', async () => {
    const other = openAuthority(await createAuthorityKeys(now));
    const issued = await other.issueDevice({
      csr: createCsr(createDeviceKey(), device),
      fleet,
      device,
      now: now - 400 * 86_400_000,
    });
    const certificate = new X509Certificate(issued.ok ? issued.value.certificate : '');
    expect(verifyIdentity(certificate, context)).toMatchObject({ ok: false });
  });

  it('refuses another fleet, and the CA itself', async () => {
    const certificate = await deviceCertificate();
    expect(verifyIdentity(certificate, { ...context, fleet: sha256('another root') })).toMatchObject({
      ok: false,
    });
    expect(verifyIdentity(ca, context)).toMatchObject({ ok: false });
  });
});
