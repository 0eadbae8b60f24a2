// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, digestHex, err, ok, type Digest, type Result } from '@fairlead/base';

/** An enrolment token: `id.secret.digest`. The id says for which device and until when; the secret proves that we made it. */
export interface EnrolmentToken {
  /** Names the token in the log. */
  readonly id: string;
  readonly secret: string;
  /** SHA-256 of root version 1: the fleet's id, and what the first root must have. */
  readonly fleet: Digest;
  /** The one device that it admits, in lower case. */
  readonly device: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** Bytes of an id: device 16, expiry 6, random 8. */
export const tokenIdBytes = { device: 16, expires: 6, random: 8 } as const;
const idLength = tokenIdBytes.device + tokenIdBytes.expires + tokenIdBytes.random;

export function formatToken(token: Pick<EnrolmentToken, 'id' | 'secret' | 'fleet'>): string {
  return `${token.id}.${token.secret}.${digestHex(token.fleet)}`;
}

/** Reads a token; whether it is one of ours is for the server to say. Never quotes the text: it is a secret. */
export function parseToken(text: string): Result<EnrolmentToken, string> {
  const [, id, secret, hex] =
    /^([A-Za-z0-9_-]{40})\.([A-Za-z0-9_-]{43})\.([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  if (id === undefined || secret === undefined || hex === undefined)
    return err('not of the form id.secret.digest');
  const facts = parseTokenId(id);
  // Bits that base64 would ignore are refused too: one token has one text.
  if (facts === undefined || Buffer.from(secret, 'base64url').toString('base64url') !== secret) {
    return err('id or secret is not well formed');
  }
  return ok({ id, secret, fleet: digestFromHex(hex), ...facts });
}

/** What the id of a token, which names it in the log, says by itself; undefined: it is none. */
export function parseTokenId(id: string): Pick<EnrolmentToken, 'device' | 'expires'> | undefined {
  const bytes = Buffer.from(id, 'base64url');
  if (bytes.length !== idLength || bytes.toString('base64url') !== id) return undefined;
  return { device: readUuid(bytes), expires: bytes.readUIntBE(tokenIdBytes.device, 6) };
}

/** The 16 bytes of a UUID in lower case; undefined where it is none. */
export function uuidBytes(uuid: string): Uint8Array | undefined {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)
    ? Buffer.from(uuid.replaceAll('-', ''), 'hex')
    : undefined;
}

function readUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, tokenIdBytes.device);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
