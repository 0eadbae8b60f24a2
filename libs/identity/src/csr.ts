// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';

/**
 * A certificate signing request (PKCS #10, RFC 2986) for a P-256 key, DER. It proves that the sender holds the key, and asks for
 * nothing: who the certificate speaks for is written by the server. The structure is fixed, so that a device needs no ASN.1 library.
 * `privateKey`: PKCS#8 PEM. `commonName`: printed by tools, believed by nobody.
 */
export function createCsr(privateKey: string, commonName: string): Uint8Array {
  const key = createPrivateKey(privateKey);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const name = sequence(
    der(tag.set, sequence(oid.commonName, der(tag.utf8String, Buffer.from(commonName, 'utf8')))),
  );
  const info = sequence(version0, name, publicKey, noAttributes);
  const signature = sign('sha256', info, key);
  return sequence(
    info,
    sequence(oid.ecdsaWithSha256),
    der(tag.bitString, Buffer.concat([noUnusedBits, signature])),
  );
}

const tag = { bitString: 0x03, utf8String: 0x0c, sequence: 0x30, set: 0x31 } as const;
const oid = {
  /** 2.5.4.3 */
  commonName: Buffer.from('0603550403', 'hex'),
  /** 1.2.840.10045.4.3.2 */
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
} as const;
const version0 = Buffer.from('020100', 'hex');
const noAttributes = Buffer.from('a000', 'hex');
const noUnusedBits = Buffer.of(0);

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(tag.sequence, Buffer.concat(parts));
}

/** Tag, length, content; lengths of 128 and more in the long form. */
function der(tagByte: number, content: Uint8Array): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tagByte, length), content]);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tagByte, 0x80 | bytes.length, ...bytes), content]);
}
