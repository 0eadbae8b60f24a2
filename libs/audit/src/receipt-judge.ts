// SPDX-License-Identifier: Apache-2.0
import { openReceipt, receiptHash, receiptLimits } from '@fairlead/trust/verify';
import type { PlacedReceipt } from './device-chain.ts';
import type { DeviceKeys } from './device-keys.ts';
import type { Findings, Place } from './finding.ts';

/** How long after its key ceased to count a receipt may be written that had come before: batches wait, in milliseconds. */
const onItsWayMs = 60_000;

/** Judges one line of a batch: that the device which it names signed it, with a key that counted. `written`: ms since 1970. */
export function judgeReceipt(
  line: string,
  { written, place }: { readonly written: number; readonly place: Place },
  keys: DeviceKeys,
  findings: Findings,
): PlacedReceipt | undefined {
  const envelope = Buffer.from(line, 'utf8');
  const device = statedDevice(line);
  if (device === undefined || envelope.length > receiptLimits.bytes) {
    findings.error('receipt-forged', 'the line is no receipt', place);
    return undefined;
  }
  const about = { ...place, device };
  const known = keys.of(device);
  if (known.length === 0) {
    findings.error('device-unknown', `a receipt of ${device}, which was never enrolled`, about);
    return undefined;
  }
  let problems: readonly string[] = [];
  for (const key of known.toReversed()) {
    const opened = openReceipt(envelope, key.publicKey);
    if (!opened.ok) {
      problems = opened.error;
      continue;
    }
    const { instance, seq } = opened.value;
    const at = { ...about, instance, seq };
    if (opened.value.device !== device) break;
    if (key.withdrawn !== null) {
      const late = written - Date.parse(key.withdrawn.at);
      const message = `written ${String(Math.round(late / 1000))} s after the key of ${device} ceased to count: ${key.withdrawn.why} at ${key.withdrawn.at}`;
      if (late > onItsWayMs) findings.error('certificate-revoked', message, at);
      else if (late > 0) findings.warning('certificate-revoked', `${message}; it may have come before`, at);
    }
    return { receipt: opened.value, hash: receiptHash(envelope), key: key.id, written, place: at };
  }
  findings.error('receipt-forged', `no key of ${device} has signed this: ${problems.join('; ')}`, about);
  return undefined;
}

/** Whose receipt it claims to be: says only which key to try. */
function statedDevice(line: string): string | undefined {
  try {
    const { payload } = JSON.parse(line) as { readonly payload: string };
    const statement = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as {
      readonly predicate: { readonly device: unknown };
    };
    const { device } = statement.predicate;
    return typeof device === 'string' ? device : undefined;
  } catch {
    return undefined;
  }
}
