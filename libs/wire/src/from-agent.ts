// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import { asBuffer, createFields, decodeWith, digestBytes, type Fields } from './fields.ts';
import * as gen from './gen/fairlead/v1/agent.ts';
import type {
  CommandResult,
  DeviceState,
  FromAgent,
  Hello,
  Refusal,
  SealedReceipt,
  Status,
  UnknownMessage,
} from './messages.ts';
import { readPosition, writePosition } from './receipt-position.ts';
import { wireLimits as limits } from './wire-limits.ts';

const states = {
  pending: gen.DeviceState.PENDING,
  applying: gen.DeviceState.APPLYING,
  applied: gen.DeviceState.APPLIED,
  failed: gen.DeviceState.FAILED,
  refused: gen.DeviceState.REFUSED,
  drift: gen.DeviceState.DRIFT,
} as const satisfies Record<DeviceState, gen.DeviceState>;
const stateNames = new Map<number, DeviceState>(
  Object.entries(states).map(([name, number]) => [number, name as DeviceState]),
);

export function encodeFromAgent(message: FromAgent): Buffer {
  return Buffer.from(gen.ConnectRequest.encode({ message: write(message) }).finish());
}

/** Lists every problem. A kind that this release does not know is `unknown`, not a problem. */
export function decodeFromAgent(bytes: Uint8Array): Result<FromAgent | UnknownMessage, readonly string[]> {
  return decodeWith(bytes, limits.message, (data) => gen.ConnectRequest.decode(data), read);
}

function write(message: FromAgent): NonNullable<gen.ConnectRequest['message']> {
  switch (message.kind) {
    case 'hello':
      return {
        $case: 'hello',
        value: {
          ...message,
          targetFormats: [...message.targetFormats],
          capabilities: [...message.capabilities],
          held: { ...message.held, counter: BigInt(message.held.counter) },
          revision: digestBytes(message.revision),
          target: digestBytes(message.target),
          receipts: writePosition(message.receipts),
          deviceTimeMs: BigInt(message.deviceTime),
          timestampFile: asBuffer(message.timestampFile),
          snapshotFile: asBuffer(message.snapshotFile),
        },
      };
    case 'refusal':
      return {
        $case: 'refusal',
        value: {
          ...message,
          revision: digestBytes(message.revision),
          deviceTimeMs: BigInt(message.deviceTime),
          trustedTimeMs: BigInt(message.trustedTime),
        },
      };
    case 'status':
      return {
        $case: 'status',
        value: {
          ...message,
          state: states[message.state],
          code: message.code ?? '',
          sinceMs: BigInt(message.since),
          revision: digestBytes(message.revision),
          target: digestBytes(message.target),
          units: [...message.units],
          drift: [...message.drift],
        },
      };
    case 'receipt':
      return {
        $case: 'receipt',
        value: { sequence: BigInt(message.seq), envelope: asBuffer(message.envelope) },
      };
    case 'command-result':
      return { $case: 'commandResult', value: { ...message, code: message.code ?? '' } };
  }
}

function read({ message }: gen.ConnectRequest): Result<FromAgent | UnknownMessage, readonly string[]> {
  const fields = createFields();
  switch (message?.$case) {
    case undefined:
      return fields.done({ kind: 'unknown' });
    case 'hello':
      return fields.done(readHello(fields, message.value));
    case 'refusal':
      return fields.done(readRefusal(fields, message.value));
    case 'status':
      return fields.done(readStatus(fields, message.value));
    case 'receipt':
      return fields.done(readReceipt(fields, message.value));
    case 'commandResult':
      return fields.done(readCommandResult(fields, message.value));
  }
}

const nothingHeld: gen.HeldMetadata = { root: 0, timestamp: 0, snapshot: 0, targets: 0, counter: 0n };
const noReceipt: gen.ReceiptPosition = { instance: '', sequence: 0n, hash: Buffer.alloc(0) };

function readHello(fields: Fields, wire: gen.Hello): Hello {
  const { root, timestamp, snapshot, targets, counter } = fields.present('held', wire.held, nothingHeld);
  return {
    kind: 'hello',
    agentVersion: fields.text('agent_version', wire.agentVersion, limits.name),
    protocol: wire.protocol,
    bootId: fields.text('boot_id', wire.bootId, limits.id),
    architecture: fields.text('architecture', wire.architecture, limits.id),
    targetFormats: fields.list(
      'target_formats',
      wire.targetFormats,
      limits.targetFormats,
      (format) => format,
    ),
    capabilities: fields.list('capabilities', wire.capabilities, limits.capabilities, (name, path) =>
      fields.text(path, name, limits.name),
    ),
    held: { root, timestamp, snapshot, targets, counter: fields.whole('held.counter', counter) },
    revision: fields.optionalDigest('revision', wire.revision),
    target: fields.optionalDigest('target', wire.target),
    receipts: readPosition(fields, 'receipts', fields.present('receipts', wire.receipts, noReceipt)),
    deviceTime: fields.whole('device_time_ms', wire.deviceTimeMs),
    runId: fields.text('run_id', wire.runId, limits.id),
    timestampFile: fields.bytes('timestamp_file', wire.timestampFile, limits.metadata),
    snapshotFile: fields.bytes('snapshot_file', wire.snapshotFile, limits.metadata),
  };
}

function readRefusal(fields: Fields, wire: gen.Refusal): Refusal {
  return {
    kind: 'refusal',
    id: fields.text('id', wire.id, limits.id),
    revision: fields.optionalDigest('revision', wire.revision),
    code: fields.text('code', wire.code, limits.code),
    message: fields.text('message', wire.message, limits.text),
    deviceTime: fields.whole('device_time_ms', wire.deviceTimeMs),
    trustedTime: fields.whole('trusted_time_ms', wire.trustedTimeMs),
  };
}

function readStatus(fields: Fields, wire: gen.Status): Status {
  return {
    kind: 'status',
    // A state of a newer agent: it is under way somewhere, and says why in words.
    state: stateNames.get(wire.state) ?? 'pending',
    code: fields.text('code', wire.code, limits.code) || null,
    message: fields.text('message', wire.message, limits.text),
    since: fields.whole('since_ms', wire.sinceMs),
    revision: fields.optionalDigest('revision', wire.revision),
    target: fields.optionalDigest('target', wire.target),
    units: fields.list('units', wire.units, limits.units, (unit, path) => ({
      domain: fields.text(`${path}.domain`, unit.domain, limits.name),
      name: fields.text(`${path}.name`, unit.name, limits.name),
      condition: fields.text(`${path}.condition`, unit.condition, limits.name),
      reason: fields.text(`${path}.reason`, unit.reason, limits.text),
    })),
    drift: fields.list('drift', wire.drift, limits.drift, (drift, path) => ({
      unit: fields.text(`${path}.unit`, drift.unit, limits.name),
      found: fields.text(`${path}.found`, drift.found, limits.text),
    })),
  };
}

function readReceipt(fields: Fields, wire: gen.Receipt): SealedReceipt {
  return {
    kind: 'receipt',
    seq: fields.whole('sequence', wire.sequence),
    envelope: fields.bytes('envelope', wire.envelope, limits.receipt),
  };
}

function readCommandResult(fields: Fields, wire: gen.CommandResult): CommandResult {
  return {
    kind: 'command-result',
    id: fields.text('id', wire.id, limits.id),
    ok: wire.ok,
    code: fields.text('code', wire.code, limits.code) || null,
    message: fields.text('message', wire.message, limits.text),
  };
}
