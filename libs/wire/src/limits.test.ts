// SPDX-License-Identifier: Apache-2.0
import { err, ok, sha256 } from '@fairlead/base';
import { describe, expect, it } from 'vitest';
import * as gen from './gen/fairlead/v1/agent.ts';
import {
  decodeFromAgent,
  decodeFromServer,
  encodeFromAgent,
  encodeFromServer,
  encodeStatusPage,
  wireLimits,
  type Status,
} from './index.ts';

const status: Status = {
  kind: 'status',
  state: 'applied',
  code: null,
  message: '',
  since: 0,
  revision: null,
  target: null,
  units: [],
  drift: [],
};

describe('when a message breaks its bounds', () => {
  it('is refused with every problem at once', () => {
    const wire = gen.ConnectRequest.encode({
      message: {
        $case: 'hello',
        value: {
          agentVersion: 'x'.repeat(257),
          protocol: 1,
          bootId: '',
          architecture: '',
          targetFormats: Array.from({ length: 17 }, () => 1),
          capabilities: [],
          held: undefined,
          revision: Buffer.alloc(31),
          target: Buffer.alloc(0),
          receipts: { instance: 'i', sequence: 1n, hash: Buffer.alloc(0) },
          deviceTimeMs: -1n,
          runId: 'r'.repeat(65),
          timestampFile: Buffer.alloc(0),
          snapshotFile: Buffer.alloc(16 * 1024 + 1),
        },
      },
    }).finish();
    expect(decodeFromAgent(wire)).toEqual(
      err([
        'held: missing',
        'agent_version: longer than 256 characters',
        'target_formats: more than 16 entries',
        'revision: not a SHA-256',
        'receipts: a sequence comes with a hash, and none with none',
        'device_time_ms: out of range',
        'run_id: longer than 64 characters',
        'snapshot_file: larger than 16384 bytes',
      ]),
    );
  });

  it('is refused before it is read if it is over 256 KiB', () => {
    expect(decodeFromAgent(Buffer.alloc(wireLimits.message + 1))).toEqual(
      err(['message: larger than 262144 bytes']),
    );
  });

  it('is refused for a list that is too long, naming nothing of what it holds', () => {
    const units = Array.from({ length: wireLimits.units + 1 }, () => ({
      domain: 'jobs',
      name: 'n',
      condition: '',
      reason: '',
    }));
    expect(decodeFromAgent(encodeFromAgent({ ...status, units }))).toEqual(
      err(['units: more than 1024 entries']),
    );
  });

  it('is refused for a proof that is none', () => {
    const refresh = {
      kind: 'refresh',
      newestRoot: 1,
      timestamp: null,
      snapshot: null,
      targets: null,
      manifest: Buffer.alloc(0),
      target: sha256(''),
      index: 0,
      proof: [Buffer.alloc(31)],
    } as const;
    expect(decodeFromServer(encodeFromServer(refresh))).toEqual(err(['proof[0]: not a SHA-256']));
  });
});

describe('when the other side is newer', () => {
  it('passes over kinds and fields that it does not know', () => {
    // Field 15 of the envelope.
    expect(decodeFromAgent(Buffer.from([0x7a, 0x00]))).toEqual(ok({ kind: 'unknown' }));
    const known = encodeFromServer({ kind: 'record-ack', id: 'a' });
    // The same message, with field 9 of RecordAck inside.
    const grown = Buffer.concat([
      known.subarray(0, 1),
      Buffer.from([known.length - 2 + 2]),
      known.subarray(2),
      Buffer.from([0x48, 0x01]),
    ]);
    expect(decodeFromServer(grown)).toEqual(ok({ kind: 'record-ack', id: 'a' }));
  });

  it('reads a state that it does not know as pending', () => {
    const wire = gen.ConnectRequest.decode(encodeFromAgent(status));
    if (wire.message?.$case !== 'status') throw new Error('not a status');
    const newer = gen.ConnectRequest.encode({
      message: { $case: 'status', value: { ...wire.message.value, state: 99 as 1 } },
    }).finish();
    expect(decodeFromAgent(newer)).toEqual(ok({ ...status, state: 'pending' }));
  });
});

describe('when a page of devices is as long as it may be', () => {
  it('stays within the size of a message', () => {
    const long = '\u8239';
    const device = {
      id: long.repeat(wireLimits.id),
      name: long.repeat(wireLimits.name),
      group: long.repeat(wireLimits.name),
      revision: sha256(''),
      state: 'failed',
      code: long.repeat(wireLimits.code),
      message: long.repeat(wireLimits.text),
      since: Number.MAX_SAFE_INTEGER,
    } as const;
    const devices = Array.from({ length: wireLimits.devicesPerPart }, () => device);
    const page = encodeStatusPage({
      head: { revision: sha256(''), commit: long.repeat(wireLimits.id) },
      devices,
      next: device.id,
      problems: Array.from({ length: wireLimits.problems + 1 }, () => ({
        area: '語'.repeat(wireLimits.code),
        code: '語'.repeat(wireLimits.code),
        message: '語'.repeat(2 * wireLimits.text),
        hint: '語'.repeat(2 * wireLimits.text),
      })),
    });
    expect(page.length).toBeLessThan(wireLimits.message);
  });
});
