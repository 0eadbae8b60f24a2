// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import { createFields, decodeWith, type Fields } from './fields.ts';
import * as gen from './gen/fairlead/v1/agent.ts';
import type { FromServer, UnknownMessage, Welcome } from './messages.ts';
import { readCommand, writeCommand } from './command.ts';
import { readGoodbye, writeGoodbye } from './goodbye.ts';
import { readOffer, readRefresh, writeOffer, writeRefresh } from './offer.ts';
import { readPosition, writePosition } from './receipt-position.ts';
import { wireLimits as limits } from './wire-limits.ts';

export function encodeFromServer(message: FromServer): Buffer {
  return Buffer.from(gen.ConnectResponse.encode({ message: write(message) }).finish());
}

/** Lists every problem. A kind that this release does not know is `unknown`, not a problem. */
export function decodeFromServer(bytes: Uint8Array): Result<FromServer | UnknownMessage, readonly string[]> {
  return decodeWith(bytes, limits.message, (data) => gen.ConnectResponse.decode(data), read);
}

function write(message: FromServer): NonNullable<gen.ConnectResponse['message']> {
  switch (message.kind) {
    case 'welcome':
      return {
        $case: 'welcome',
        value: {
          limits: message.limits,
          newestRoot: message.newestRoot,
          log: message.log === null ? undefined : writePosition(message.log),
          serverTimeMs: BigInt(message.serverTime),
        },
      };
    case 'offer':
      return { $case: 'offer', value: writeOffer(message) };
    case 'refresh':
      return { $case: 'refresh', value: writeRefresh(message) };
    case 'receipt-ack':
      return { $case: 'receiptAck', value: { sequence: BigInt(message.seq) } };
    case 'record-ack':
      return { $case: 'recordAck', value: { id: message.id } };
    case 'command':
      return { $case: 'command', value: writeCommand(message) };
    case 'goodbye':
      return { $case: 'goodbye', value: writeGoodbye(message) };
  }
}

function read({ message }: gen.ConnectResponse): Result<FromServer | UnknownMessage, readonly string[]> {
  const fields = createFields();
  switch (message?.$case) {
    case undefined:
      return fields.done({ kind: 'unknown' });
    case 'welcome':
      return fields.done(readWelcome(fields, message.value));
    case 'offer':
      return fields.done(readOffer(fields, message.value));
    case 'refresh':
      return fields.done(readRefresh(fields, message.value));
    case 'receiptAck':
      return fields.done({ kind: 'receipt-ack', seq: fields.whole('sequence', message.value.sequence) });
    case 'recordAck':
      return fields.done({ kind: 'record-ack', id: fields.text('id', message.value.id, limits.id) });
    case 'command':
      return fields.done(readCommand(fields, message.value));
    case 'goodbye':
      return fields.done(readGoodbye(fields, message.value));
  }
}

function readWelcome(fields: Fields, wire: gen.Welcome): Welcome {
  const { messageBytes, openReceipts, statusIntervalMs } = fields.present('limits', wire.limits, {
    messageBytes: 0,
    openReceipts: 0,
    statusIntervalMs: 0,
  });
  return {
    kind: 'welcome',
    limits: { messageBytes, openReceipts, statusIntervalMs },
    newestRoot: wire.newestRoot,
    log: wire.log === undefined ? null : readPosition(fields, 'log', wire.log),
    serverTime: fields.whole('server_time_ms', wire.serverTimeMs),
  };
}
