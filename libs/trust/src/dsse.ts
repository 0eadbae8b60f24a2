// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes, digestHex, err, ok, sha256, type Result } from '@fairlead/base';
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import { parseStrict } from './strict-json.ts';

export interface OpenedEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
}

const base64 = v.pipe(
  v.string(),
  v.check((text) => Buffer.from(text, 'base64').toString('base64') === text, 'not base64'),
);
/** Dead Simple Signing Envelope, version 1: the payload is signed together with its type, as bytes. One signature, by the device. */
const schema = v.strictObject({
  payloadType: v.string(),
  payload: base64,
  signatures: v.strictTuple([v.strictObject({ keyid: v.string(), sig: base64 })]),
});

/** Pre-authentication encoding: what is signed. Lengths are in bytes. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    payload,
  ]);
}

/** SHA-256 of the public key (SPKI, DER) in hexadecimal: which key to try, nothing more. */
function envelopeKeyId(publicKey: KeyObject): string {
  return digestHex(sha256(publicKey.export({ type: 'spki', format: 'der' })));
}

/** Signs with ECDSA P-256 and SHA-256 (signature in DER). `privateKey`: PKCS#8 PEM. Returns the envelope in canonical form. */
export function sealEnvelope(payloadType: string, payload: Uint8Array, privateKey: string): Uint8Array {
  const key = createPrivateKey(privateKey);
  const sig = sign('sha256', preAuthEncoding(payloadType, payload), key).toString('base64');
  const keyid = envelopeKeyId(createPublicKey(key));
  return canonicalBytes({
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid, sig }],
  });
}

/** Opens an envelope with one signature, by this key over this payload type; anything else is a problem. */
export function openEnvelope(
  bytes: Uint8Array,
  payloadType: string,
  publicKey: KeyObject,
): Result<Uint8Array, readonly string[]> {
  const parsed = parseStrict(schema, bytes);
  if (!parsed.ok) return parsed;
  const [{ keyid, sig }] = parsed.value.signatures;
  const payload = Buffer.from(parsed.value.payload, 'base64');
  const problems: string[] = [];
  if (parsed.value.payloadType !== payloadType)
    problems.push(`payload is of type ${parsed.value.payloadType}, not ${payloadType}`);
  if (keyid !== envelopeKeyId(publicKey)) problems.push('signed by another key');
  else if (
    !verify(
      'sha256',
      preAuthEncoding(parsed.value.payloadType, payload),
      publicKey,
      Buffer.from(sig, 'base64'),
    )
  ) {
    problems.push('the signature does not belong to the payload');
  }
  return problems.length > 0 ? err(problems) : ok(payload);
}

/** The payload of an envelope whose signature was checked when it was taken in. Nothing is verified here. */
export function readEnvelope(bytes: Uint8Array): Result<OpenedEnvelope, readonly string[]> {
  const parsed = parseStrict(schema, bytes);
  if (!parsed.ok) return parsed;
  return ok({ payloadType: parsed.value.payloadType, payload: Buffer.from(parsed.value.payload, 'base64') });
}
