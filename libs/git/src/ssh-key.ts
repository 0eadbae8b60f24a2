// SPDX-License-Identifier: Apache-2.0
import { createHash, createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { sshReader, type SshReader } from './ssh-wire.ts';

/** An SSH public key of a kind that people sign commits with. */
export interface SshKey {
  /** As it stands in public key files and signatures; two keys are one if these are equal. */
  readonly blob: Buffer;
  /** `SHA256:` and base64, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** Whether `signature` (algorithm and value, RFC 4253, section 6.6) is this key's over `data`. */
  verify(data: Buffer, signature: Buffer): boolean;
}

/** The algorithm of the key that a blob holds, known to us or not. */
export function sshKeyType(blob: Buffer): string | undefined {
  return sshReader(blob).text();
}

/** Undefined for a blob that is broken or of a kind that is not read: DSA, certificates. */
export function parseSshKey(blob: Buffer): SshKey | undefined {
  const read = sshReader(blob);
  const type = read.text() ?? '';
  const check = checks.get(type)?.(read);
  if (check === undefined || !read.isAtEnd()) return undefined;
  return { blob, fingerprint: fingerprint(blob), verify: check };
}

type Check = SshKey['verify'];
/** Reads what follows the key's type. */
type KeyParser = (read: SshReader) => Check | undefined;

const checks = new Map<string, KeyParser>([
  ['ssh-ed25519', (read) => plain('ssh-ed25519', ed25519(read))],
  ...[256, 384, 521].map((bits): [string, KeyParser] => {
    const type = `ecdsa-sha2-nistp${String(bits)}`;
    return [type, (read) => plain(type, ecdsa(read, bits))];
  }),
  ['ssh-rsa', rsa],
  ['sk-ssh-ed25519@openssh.com', (read) => hardware('sk-ssh-ed25519@openssh.com', ed25519(read), read)],
  [
    'sk-ecdsa-sha2-nistp256@openssh.com',
    (read) => hardware('sk-ecdsa-sha2-nistp256@openssh.com', ecdsa(read, 256), read),
  ],
]);

/** Judges the value of a signature, without the name of its algorithm. */
type ValueCheck = (data: Buffer, value: Buffer) => boolean;

/** A signature of the algorithm that is named as the key's type, and nothing after it. */
function plain(type: string, isValue: ValueCheck | undefined): Check | undefined {
  if (isValue === undefined) return undefined;
  return (data, signature) => {
    const read = sshReader(signature);
    if (read.text() !== type) return false;
    const value = read.string();
    return value !== undefined && read.isAtEnd() && isValue(data, value);
  };
}

/**
 * A key in a hardware token (OpenSSH, PROTOCOL.u2f): it signs what it was asked for together with the application, its flags and its
 * counter. As `ssh-keygen` does for files, presence of a person is not asked for.
 */
function hardware(type: string, isValue: ValueCheck | undefined, key: SshReader): Check | undefined {
  const application = key.string();
  if (isValue === undefined || application === undefined) return undefined;
  return (data, signature) => {
    const read = sshReader(signature);
    if (read.text() !== type) return false;
    const value = read.string();
    const flagsAndCounter = read.bytes(5);
    if (value === undefined || flagsAndCounter === undefined || !read.isAtEnd()) return false;
    return isValue(Buffer.concat([sha256(application), flagsAndCounter, sha256(data)]), value);
  };
}

function ed25519(read: SshReader): ValueCheck | undefined {
  const raw = read.string();
  if (raw?.length !== 32) return undefined;
  const key = keyOf({ kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') });
  return key && ((data, value) => value.length === 64 && verify(null, data, key, value));
}

const curveHash = new Map([
  [256, 'sha256'],
  [384, 'sha384'],
  [521, 'sha512'],
]);

/** RFC 5656: the point uncompressed, a signature as two integers. */
function ecdsa(read: SshReader, bits: number): ValueCheck | undefined {
  const size = Math.ceil(bits / 8);
  const curve = read.text();
  const point = read.string();
  if (curve !== `nistp${String(bits)}` || point?.length !== 1 + 2 * size || point[0] !== 4) return undefined;
  const coordinate = (start: number): string => point.subarray(start, start + size).toString('base64url');
  const key = keyOf({ kty: 'EC', crv: `P-${String(bits)}`, x: coordinate(1), y: coordinate(1 + size) });
  const hash = curveHash.get(bits);
  return (
    key &&
    ((data, value) => {
      const numbers = sshReader(value);
      const [r, s] = [positive(numbers.string(), size), positive(numbers.string(), size)];
      if (r === undefined || s === undefined || !numbers.isAtEnd()) return false;
      return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat([r, s]));
    })
  );
}

/** Bits of the shortest RSA key that OpenSSH takes. */
const leastRsaBits = 1024;
/** RFC 8332; signatures with SHA-1 are refused, as OpenSSH refuses them for files. */
const rsaHashes = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
]);

function rsa(read: SshReader): Check | undefined {
  const [exponent, modulus] = [read.string(), read.string()];
  if (exponent === undefined || modulus === undefined) return undefined;
  const key = keyOf({ kty: 'RSA', e: exponent.toString('base64url'), n: modulus.toString('base64url') });
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key === undefined || bits < leastRsaBits) return undefined;
  return (data, signature) => {
    const parts = sshReader(signature);
    const hash = rsaHashes.get(parts.text() ?? '');
    const value = unsigned(parts.string(), Math.ceil(bits / 8));
    return hash !== undefined && value !== undefined && parts.isAtEnd() && verify(hash, data, key, value);
  };
}

/** An integer with a sign (RFC 4251, section 5): one that is negative is no part of a signature. */
function positive(mpint: Buffer | undefined, size: number): Buffer | undefined {
  return (mpint?.[0] ?? 0) >= 0x80 ? undefined : unsigned(mpint, size);
}

/** A positive integer in exactly `size` bytes. */
function unsigned(mpint: Buffer | undefined, size: number): Buffer | undefined {
  if (mpint === undefined) return undefined;
  let start = 0;
  while (start < mpint.length && mpint[start] === 0) start += 1;
  const digits = mpint.subarray(start);
  return digits.length > size ? undefined : Buffer.concat([Buffer.alloc(size - digits.length), digits]);
}

/** Undefined where the numbers are no key: a point that is not on its curve. */
function keyOf(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function fingerprint(blob: Buffer): string {
  return `SHA256:${sha256(blob).toString('base64').replace(/=+$/, '')}`;
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
