// SPDX-License-Identifier: Apache-2.0
import { createHash, createPublicKey, verify } from 'node:crypto';

/** Whoever signs: an Ed25519 key, wherever it is kept. */
export interface Ed25519Signer {
  /** The raw public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The raw signature, 64 bytes. */
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** What Git signs and verifies in; a signature made for another purpose is refused. */
const namespace = 'git';
const magic = 'SSHSIG';
const keyType = 'ssh-ed25519';
const begin = '-----BEGIN SSH SIGNATURE-----';
const end = '-----END SSH SIGNATURE-----';

/** An armoured SSH signature over `message` (OpenSSH, PROTOCOL.sshsig), such as `ssh-keygen -Y sign -n git` makes. */
export async function sshSign(message: Uint8Array, signer: Ed25519Signer): Promise<string> {
  const signature = await signer.sign(signedData(message, 'sha512'));
  const blob = Buffer.concat([
    Buffer.from(magic, 'latin1'),
    uint32(1),
    field(sshPublicKey(signer.publicKey)),
    field(namespace),
    field(''),
    field('sha512'),
    field(Buffer.concat([field(keyType), field(signature)])),
  ]);
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  return `${[begin, ...lines, end].join('\n')}\n`;
}

/** The raw public key that made this signature over `message`; undefined if it is not valid or of another kind. */
export function sshVerify(message: Uint8Array, armoured: string): Uint8Array | undefined {
  const body = new RegExp(`^${begin}\n([A-Za-z0-9+/=\n]+)\n${end}\n?$`).exec(armoured)?.[1];
  if (body === undefined) return undefined;
  const read = reader(Buffer.from(body, 'base64'));
  if (read.bytes(6)?.toString('latin1') !== magic || read.bytes(4)?.readUInt32BE() !== 1) return undefined;
  const publicKey = ed25519Of(read.field());
  const purpose = read.field()?.toString('utf8');
  read.field();
  const hash = read.field()?.toString('utf8');
  const signature = reader(read.field() ?? Buffer.alloc(0));
  if (publicKey === undefined || purpose !== namespace || (hash !== 'sha512' && hash !== 'sha256'))
    return undefined;
  if (signature.field()?.toString('utf8') !== keyType) return undefined;
  const raw = signature.field();
  if (raw?.length !== 64) return undefined;
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') },
    format: 'jwk',
  });
  return verify(null, signedData(message, hash), key, raw) ? publicKey : undefined;
}

/** One line for Git's `gpg.ssh.allowedSignersFile`. */
export function allowedSignersLine(principal: string, publicKey: Uint8Array): string {
  return `${principal} namespaces="${namespace}" ${keyType} ${sshPublicKey(publicKey).toString('base64')}\n`;
}

function signedData(message: Uint8Array, hash: 'sha256' | 'sha512'): Buffer {
  const digest = createHash(hash).update(message).digest();
  return Buffer.concat([
    Buffer.from(magic, 'latin1'),
    field(namespace),
    field(''),
    field(hash),
    field(digest),
  ]);
}

function sshPublicKey(raw: Uint8Array): Buffer {
  return Buffer.concat([field(keyType), field(raw)]);
}

function ed25519Of(blob: Buffer | undefined): Buffer | undefined {
  if (blob === undefined) return undefined;
  const read = reader(blob);
  if (read.field()?.toString('utf8') !== keyType) return undefined;
  const raw = read.field();
  return raw?.length === 32 ? raw : undefined;
}

function field(content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content as Uint8Array);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

interface Reader {
  bytes(count: number): Buffer | undefined;
  /** A length of four bytes and as many bytes. */
  field(): Buffer | undefined;
}

function reader(blob: Buffer): Reader {
  let at = 0;
  const bytes = (count: number): Buffer | undefined => {
    if (at + count > blob.length) return undefined;
    at += count;
    return blob.subarray(at - count, at);
  };
  return {
    bytes,
    field() {
      const length = bytes(4)?.readUInt32BE();
      return length === undefined ? undefined : bytes(length);
    },
  };
}
