// SPDX-License-Identifier: Apache-2.0
import { digestBytes, type Fields } from './fields.ts';
import type { ReceiptPosition as Wire } from './gen/fairlead/v1/agent.ts';
import type { ReceiptPosition } from './messages.ts';
import { wireLimits } from './wire-limits.ts';

export function readPosition(fields: Fields, path: string, wire: Wire): ReceiptPosition {
  const seq = fields.whole(`${path}.sequence`, wire.sequence);
  const hash = fields.optionalDigest(`${path}.hash`, wire.hash);
  if ((seq === 0) !== (hash === null))
    fields.problem(path, 'a sequence comes with a hash, and none with none');
  return { instance: fields.text(`${path}.instance`, wire.instance, wireLimits.id), seq, hash };
}

export function writePosition(position: ReceiptPosition): Wire {
  return { instance: position.instance, sequence: BigInt(position.seq), hash: digestBytes(position.hash) };
}
