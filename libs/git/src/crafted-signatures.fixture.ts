// SPDX-License-Identifier: Apache-2.0
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { withSignature } from './commit-object.ts';
import type { CommitPolicy } from './commit-policy.ts';
import type { SigningLab } from './signing.fixture.ts';
import { sshString, uint32 } from './ssh-wire.ts';

/** A commit, and the files by which it is judged. */
export interface Case {
  readonly policy: Partial<CommitPolicy>;
  readonly commit: string;
}

/** A commit signed as a security key signs (PROTOCOL.u2f); flag 1: a person was there. */
export async function signedByHardware(
  lab: SigningLab,
  type: 'ssh-ed25519' | 'ecdsa-sha2-nistp256',
  of: (data: Buffer) => Buffer,
  flags = 1,
): Promise<Case> {
  const name = `sk-${type}@openssh.com`;
  const pair =
    type === 'ssh-ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = pair.publicKey.export({ format: 'jwk' });
  const part = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');
  const point = Buffer.concat([Buffer.from([4]), part(jwk.x), part(jwk.y)]);
  const publicPart =
    type === 'ssh-ed25519' ? [sshString(part(jwk.x))] : [sshString('nistp256'), sshString(point)];
  const key = Buffer.concat([sshString(name), ...publicPart, sshString('ssh:')]);
  const flagsAndCounter = Buffer.concat([Buffer.from([flags]), uint32(7)]);
  const sha256 = (bytes: Buffer | string): Buffer => createHash('sha256').update(bytes).digest();
  return crafted(lab, name, key, 'sha512', of, (data) => {
    const value = signHardware(
      pair.privateKey,
      Buffer.concat([sha256('ssh:'), flagsAndCounter, sha256(data)]),
    );
    return Buffer.concat([sshString(name), sshString(value), flagsAndCounter]);
  });
}

/** A commit signed by an RSA key with an algorithm that `ssh-keygen` does not choose by itself. */
export async function signedByRsa(
  lab: SigningLab,
  algorithm: 'rsa-sha2-256' | 'ssh-rsa',
  hash: 'sha256' | 'sha1',
): Promise<Case> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { e = '', n = '' } = publicKey.export({ format: 'jwk' });
  const modulus = Buffer.concat([Buffer.alloc(1), Buffer.from(n, 'base64url')]);
  const key = Buffer.concat([
    sshString('ssh-rsa'),
    sshString(Buffer.from(e, 'base64url')),
    sshString(modulus),
  ]);
  return crafted(
    lab,
    'ssh-rsa',
    key,
    'sha256',
    (data) => data,
    (data) => Buffer.concat([sshString(algorithm), sshString(sign(hash, data, privateKey))]),
  );
}

/** A commit with a signature that is made here, over what `of` makes of its content. */
async function crafted(
  lab: SigningLab,
  type: string,
  key: Buffer,
  hash: 'sha256' | 'sha512',
  of: (payload: Buffer) => Buffer,
  signed: (data: Buffer) => Buffer,
): Promise<Case> {
  const payload = await lab.read(await lab.commit(null));
  const purpose = [sshString('git'), sshString(''), sshString(hash)];
  const digest = createHash(hash).update(of(payload)).digest();
  const signature = signed(Buffer.concat([Buffer.from('SSHSIG'), ...purpose, sshString(digest)]));
  const blob = [Buffer.from('SSHSIG'), uint32(1), sshString(key), ...purpose, sshString(signature)];
  const base64 = Buffer.concat(blob).toString('base64');
  const armoured = `-----BEGIN SSH SIGNATURE-----\n${base64}\n-----END SSH SIGNATURE-----\n`;
  return {
    commit: await lab.write(withSignature(payload, armoured)),
    policy: { allowedSigners: `a@b ${type} ${key.toString('base64')}\n` },
  };
}

function signHardware(key: KeyObject, data: Buffer): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, data, key);
  const both = sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
  const integer = (part: Buffer): Buffer =>
    sshString(part[0]! >= 0x80 ? Buffer.concat([Buffer.alloc(1), part]) : part);
  return Buffer.concat([integer(both.subarray(0, 32)), integer(both.subarray(32))]);
}
