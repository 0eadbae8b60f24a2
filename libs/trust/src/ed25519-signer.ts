// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { keyIdOf } from './root.ts';

/** Someone who signs for a role: a key in memory, or what stands before an HSM. */
export interface Ed25519Signer {
  /** The public key's 32 bytes. */
  readonly publicKey: Uint8Array;
  /** TUF's id of the public key. */
  readonly keyId: string;
  /** 64 bytes over the data itself. */
  sign(data: Uint8Array): Uint8Array;
}

/** A new Ed25519 key, PKCS#8 PEM. Always from the system's secure random source. */
export function createEd25519Key(): string {
  return pem(generateKeyPairSync('ed25519').privateKey);
}

/** `privateKey`: PKCS#8 PEM of an Ed25519 key. */
export function ed25519Signer(privateKey: string): Ed25519Signer {
  const key = createPrivateKey(privateKey);
  if (key.asymmetricKeyType !== 'ed25519')
    throw new FairleadError({ code: 'keys-missing', message: 'not an Ed25519 key' });
  const publicKey = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    publicKey,
    keyId: keyIdOf(tufKey(publicKey)),
    sign: (data) => sign(null, data, key),
  };
}

/** How TUF writes an Ed25519 public key. */
export function tufKey(publicKey: Uint8Array): {
  keytype: string;
  scheme: string;
  keyval: { public: string };
} {
  return {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: Buffer.from(publicKey).toString('hex') },
  };
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
