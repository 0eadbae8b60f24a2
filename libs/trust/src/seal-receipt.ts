// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, sha256, type Digest, type Result } from '@fairlead/base';
import type { KeyObject } from 'node:crypto';
import { openEnvelope, readEnvelope, sealEnvelope } from './dsse.ts';
import { receiptLimits, type Receipt, type ReceiptUnit } from './receipt.ts';
import { parseStatement, statementBytes } from './receipt-statement.ts';

/** in-toto's media type of a statement in DSSE. */
export const receiptPayloadType = 'application/vnd.in-toto+json';

/**
 * Signs a receipt with the device's key (P-256, PKCS#8 PEM). Units that do not fit are counted in `unitsOmitted`; those that went
 * wrong are kept before those that did not. The same receipt must be sealed once only: ECDSA gives other bytes each time.
 */
export function sealReceipt(receipt: Receipt, privateKey: string): Uint8Array {
  const units = [...receipt.units].sort((a, b) => weight(b) - weight(a));
  for (let kept = Math.min(units.length, receiptLimits.units); kept >= 0; kept -= 1) {
    const fitted = {
      ...receipt,
      units: units.slice(0, kept),
      unitsOmitted: receipt.unitsOmitted + units.length - kept,
    };
    const bytes = sealEnvelope(receiptPayloadType, statementBytes(fitted), privateKey);
    if (bytes.length <= receiptLimits.bytes) return bytes;
  }
  throw new FairleadError({
    code: 'internal',
    message: `receipt ${receipt.seq} does not fit ${receiptLimits.bytes} bytes`,
  });
}

/** Reads a receipt that this key signed. All problems of the first layer that has any. */
export function openReceipt(bytes: Uint8Array, publicKey: KeyObject): Result<Receipt, readonly string[]> {
  if (bytes.length > receiptLimits.bytes) return err([`larger than ${receiptLimits.bytes} bytes`]);
  const payload = openEnvelope(bytes, receiptPayloadType, publicKey);
  return payload.ok ? parseStatement(payload.value) : payload;
}

/** Reads a receipt out of the fleet log, where it stands only because its signature was good. Verifies nothing itself. */
export function readReceipt(bytes: Uint8Array): Result<Receipt, readonly string[]> {
  const envelope = readEnvelope(bytes);
  if (!envelope.ok) return envelope;
  const { payloadType, payload } = envelope.value;
  return payloadType === receiptPayloadType
    ? parseStatement(payload)
    : err([`payload is of type ${payloadType}`]);
}

/** What the next receipt names as the one before: SHA-256 of the envelope's bytes. */
export function receiptHash(envelope: Uint8Array): Digest {
  return sha256(envelope);
}

function weight(unit: ReceiptUnit): number {
  if (unit.code !== null) return 2;
  return unit.result === 'unchanged' ? 0 : 1;
}
