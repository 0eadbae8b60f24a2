// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { parseSshKey, type SshKey } from './ssh-key.ts';
import { sshReader, sshString, uint32 } from './ssh-wire.ts';

/** Whoever signs: an Ed25519 key, wherever it is kept. */
export interface Ed25519Signer {
  /** The raw public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The raw signature, 64 bytes. */
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** What an armoured SSH signature says, before anything of it is believed. */
export interface SshSignature {
  /** The key that it says made it. */
  readonly key: Buffer;
  /** What it was made for. */
  readonly namespace: string;
  readonly hash: 'sha256' | 'sha512';
  /** Algorithm and value. */
  readonly signature: Buffer;
}

/** What Git signs and verifies in; a signature made for another purpose is refused. */
export const gitNamespace = 'git';
const magic = 'SSHSIG';
const version = 1;
const keyType = 'ssh-ed25519';
const begin = '-----BEGIN SSH SIGNATURE-----';
const end = '-----END SSH SIGNATURE-----';

/** An armoured SSH signature over `message` (OpenSSH, PROTOCOL.sshsig), such as `ssh-keygen -Y sign -n git` makes. */
export async function sshSign(message: Uint8Array, signer: Ed25519Signer): Promise<string> {
  const signature = await signer.sign(signedData(message, 'sha512'));
  const blob = Buffer.concat([
    Buffer.from(magic, 'latin1'),
    uint32(version),
    sshString(ed25519Blob(signer.publicKey)),
    sshString(gitNamespace),
    sshString(''),
    sshString('sha512'),
    sshString(Buffer.concat([sshString(keyType), sshString(signature)])),
  ]);
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  return `${[begin, ...lines, end].join('\n')}\n`;
}

/** Undefined for anything but one whole signature. */
export function parseSshSignature(armoured: string): SshSignature | undefined {
  const body = new RegExp(`^${begin}\n([A-Za-z0-9+/=\n]+)\n${end}\n?$`).exec(armoured)?.[1];
  if (body === undefined) return undefined;
  const read = sshReader(Buffer.from(body, 'base64'));
  if (read.bytes(magic.length)?.toString('latin1') !== magic) return undefined;
  if (read.bytes(4)?.readUInt32BE() !== version) return undefined;
  const [key, namespace, reserved, hash] = [read.string(), read.text(), read.string(), read.text()];
  const signature = read.string();
  if (key === undefined || namespace === undefined || reserved === undefined || signature === undefined)
    return undefined;
  if ((hash !== 'sha512' && hash !== 'sha256') || !read.isAtEnd()) return undefined;
  return { key, namespace, hash, signature };
}

/** Whether this key signed `message` so, for Git. */
export function isSshSignature(message: Uint8Array, parsed: SshSignature, key: SshKey): boolean {
  if (parsed.namespace !== gitNamespace) return false;
  return key.verify(signedData(message, parsed.hash), parsed.signature);
}

/** The raw Ed25519 public key that made this signature over `message`; undefined if it is not valid or of another kind. */
export function sshVerify(message: Uint8Array, armoured: string): Uint8Array | undefined {
  const parsed = parseSshSignature(armoured);
  if (parsed === undefined) return undefined;
  const key = parseSshKey(parsed.key);
  if (key === undefined || !isSshSignature(message, parsed, key)) return undefined;
  const read = sshReader(parsed.key);
  return read.text() === keyType ? read.string() : undefined;
}

/** One line for Git's `gpg.ssh.allowedSignersFile`. */
export function allowedSignersLine(principal: string, publicKey: Uint8Array): string {
  return `${principal} namespaces="${gitNamespace}" ${keyType} ${ed25519Blob(publicKey).toString('base64')}\n`;
}

function signedData(message: Uint8Array, hash: 'sha256' | 'sha512'): Buffer {
  return Buffer.concat([
    Buffer.from(magic, 'latin1'),
    sshString(gitNamespace),
    sshString(''),
    sshString(hash),
    sshString(createHash(hash).update(message).digest()),
  ]);
}

function ed25519Blob(raw: Uint8Array): Buffer {
  return Buffer.concat([sshString(keyType), sshString(raw)]);
}
