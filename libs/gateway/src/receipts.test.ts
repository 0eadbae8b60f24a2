// SPDX-License-Identifier: Apache-2.0
import { err, ok, sha256, type Result } from '@fairlead/base';
import { receiptHash, sealReceipt, type Receipt } from '@fairlead/trust/verify';
import { describe, expect, it } from 'vitest';
import { connectDevice } from './device.fixture.ts';
import { deviceId, publicationOf } from './fleet.fixture.ts';
import { startGateway } from './gateway.fixture.ts';
import type { Failure, ReceivedReceipt } from './ports.ts';

const [one, two] = [deviceId(1), deviceId(2)];

function receiptOf(seq: number, change: Partial<Receipt> = {}): Receipt {
  return {
    device: one,
    instance: 'instance-1',
    seq,
    previous: null,
    revision: sha256('revision'),
    counter: 1,
    target: sha256('a'),
    previousTarget: null,
    result: 'applied',
    code: null,
    units: [],
    unitsOmitted: 0,
    deviceTime: Date.now(),
    trustedTime: Date.now(),
    bootId: 'boot-1',
    agentVersion: '1.0.0',
    remarks: [],
    ...change,
  };
}

/** A log whose commits the test decides on. */
function slowLog() {
  const stored: {
    readonly received: ReceivedReceipt;
    readonly settle: (result: Result<void, Failure>) => void;
  }[] = [];
  return {
    stored,
    port: {
      position: () => ({ instance: 'instance-1', seq: 0, hash: null }),
      store: (received: ReceivedReceipt) =>
        new Promise<Result<void, Failure>>((settle) => {
          stored.push({ received, settle });
        }),
    },
  };
}

describe('when a receipt arrives', () => {
  it('is acknowledged when it stands in the log, and not before', async () => {
    const log = slowLog();
    const at = await startGateway({ ports: { receipts: log.port } });
    const device = await connectDevice(at, one);
    const envelopes = [1, 2, 3].map((seq) => sealReceipt(receiptOf(seq), device.pair.key));
    envelopes.forEach((envelope, index) => {
      device.say({ kind: 'receipt', seq: index + 1, envelope });
    });
    await expect.poll(() => log.stored.length).toBe(3);
    expect(log.stored.map(({ received }) => receiptHash(received.envelope))).toEqual(
      envelopes.map(receiptHash),
    );
    expect(log.stored[0]?.received.receipt).toMatchObject({ device: one, seq: 1, result: 'applied' });
    // The second is in first: an acknowledgement stands for all before it, so it waits for the first.
    log.stored[1]?.settle(ok());
    device.say({ kind: 'command-result', id: 'mark', ok: true, code: null, message: '' });
    await device.message('record-ack');
    expect(device.kinds()).not.toContain('receipt-ack');
    log.stored[0]?.settle(ok());
    expect(await device.message('receipt-ack')).toEqual({ kind: 'receipt-ack', seq: 2 });
    log.stored[2]?.settle(err({ code: 'log-unwritable', message: 'full' }));
    expect(await device.message('goodbye')).toMatchObject({ reason: 'unavailable', message: 'full' });
    expect(device.kinds().filter((kind) => kind === 'receipt-ack')).toHaveLength(1);
  });

  it('is reported as of a second device where the log has another at its place', async () => {
    const log = slowLog();
    const at = await startGateway({ ports: { receipts: log.port } });
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a' } }));
    const device = await connectDevice(at, one);
    device.say({ kind: 'receipt', seq: 1, envelope: sealReceipt(receiptOf(1), device.pair.key) });
    await expect.poll(() => log.stored.length).toBe(1);
    log.stored[0]?.settle(err({ code: 'duplicate-identity', message: 'another stands there' }));
    expect(await device.message('goodbye')).toMatchObject({ reason: 'duplicate-identity' });
    await at.event('duplicate-identity', one);
    expect(at.gateway.book.device(one)).toMatchObject({ state: 'refused', code: 'duplicate-identity' });
  });

  it('is refused if another key signed it, or it speaks for another device or another place', async () => {
    const at = await startGateway();
    await at.gateway.publish(publicationOf({ counter: 1, bodies: { [one]: 'a', [two]: 'b' } }));
    const stranger = await at.authority.device(two);
    const bad = async (make: (key: string) => { seq: number; envelope: Uint8Array }): Promise<string> => {
      const device = await connectDevice(at, one);
      device.say({ kind: 'receipt', ...make(device.pair.key) });
      const goodbye = await device.message('goodbye');
      expect(goodbye.reason).toBe('protocol-error');
      return goodbye.message;
    };
    expect(await bad(() => ({ seq: 1, envelope: sealReceipt(receiptOf(1), stranger.key) }))).toMatch(
      /^receipt: /,
    );
    expect(await bad((key) => ({ seq: 1, envelope: sealReceipt(receiptOf(1, { device: two }), key) }))).toBe(
      `receipt: receipt of device ${two}`,
    );
    expect(await bad((key) => ({ seq: 2, envelope: sealReceipt(receiptOf(1), key) }))).toBe(
      'receipt: sequence 2 on a receipt with 1',
    );
    expect(at.received).toEqual([]);
    expect(at.events.filter((event) => event.kind === 'bad-receipt')).toHaveLength(3);
  });
});

describe('when the device knows of more acknowledged receipts than the log has', () => {
  it('is reported, and told what the log has', async () => {
    const log = {
      position: () => ({ instance: 'instance-1', seq: 3, hash: sha256('3') }),
      store: async () => ok(),
    };
    const at = await startGateway({ ports: { receipts: log } });
    const device = await connectDevice(at, one, {
      receipts: { instance: 'instance-1', seq: 5, hash: sha256('5') },
    });
    expect((await device.message('welcome')).log).toEqual({
      instance: 'instance-1',
      seq: 3,
      hash: sha256('3'),
    });
    await at.event('log-behind', one);
  });
});

describe('when the log has not been read yet', () => {
  it('asks the device to come again, and reports nothing of it', async () => {
    const at = await startGateway({
      ports: { receipts: { position: () => undefined, store: async () => ok() } },
    });
    const device = await connectDevice(at, one, {
      receipts: { instance: 'instance-1', seq: 5, hash: sha256('5') },
    });
    expect(await device.message('goodbye')).toMatchObject({ reason: 'unavailable', retryAfterMs: 1_000 });
    expect(at.events).toEqual([]);
  });
});
