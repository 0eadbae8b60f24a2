// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, X509Certificate } from 'node:crypto';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openReceipt, receiptHash, type Receipt } from '@fairlead/trust/verify';
import { tempDir, waitFor } from '@fairlead/testing';
import type { SealedReceipt, Welcome } from '@fairlead/wire';
import { describe, expect, it } from 'vitest';
import { keptAfterAck } from './receipt-chain.ts';
import { createReceiptOutbox } from './receipt-outbox.ts';
import { startScriptedServer, welcome } from './scripted-server.fixture.ts';
import { outcomeOf, startDevice } from './test-device.fixture.ts';
import { alpha, createTestFleet } from './test-fleet.fixture.ts';
import { createDeviceKey } from '@fairlead/identity/device';

async function reader(dir: string): Promise<(sealed: SealedReceipt) => Receipt> {
  const key = createPublicKey(await readFile(join(dir, 'identity/key.pem'), 'utf8'));
  return (sealed) => {
    const opened = openReceipt(sealed.envelope, key);
    if (!opened.ok) throw new Error(opened.error.join('; '));
    return opened.value;
  };
}

const hashOf = (sealed: SealedReceipt) => receiptHash(sealed.envelope);

async function scene() {
  const fleet = await createTestFleet();
  const server = await startScriptedServer(fleet);
  const dir = await tempDir();
  const device = await startDevice(dir, server.address, fleet.token());
  return { fleet, server, dir, device, stream: await server.stream() };
}

describe('when transactions end', () => {
  it('sends a chain of sealed receipts', async () => {
    const { fleet, dir, device, stream } = await scene();
    await device.link.record(1, outcomeOf(fleet, 1));
    await device.link.record(2, outcomeOf(fleet, 2));
    const first = await stream.message('receipt');
    const second = await stream.message('receipt', 1);
    const open = await reader(dir);
    expect(open(first)).toMatchObject({
      device: alpha,
      seq: 1,
      previous: null,
      counter: 1,
      result: 'applied',
      bootId: 'boot',
      remarks: [],
    });
    expect(open(second)).toMatchObject({ seq: 2, previous: hashOf(first), instance: open(first).instance });
    const certificate = new X509Certificate(await readFile(join(dir, 'identity/cert.pem')));
    expect(openReceipt(first.envelope, certificate.publicKey).ok).toBe(true);
  });

  it('seals one receipt for an outcome that is told twice', async () => {
    const { fleet, device, stream } = await scene();
    await device.link.record(1, outcomeOf(fleet, 1));
    await device.link.record(1, outcomeOf(fleet, 1));
    await device.link.record(2, outcomeOf(fleet, 2));
    expect((await stream.message('receipt', 1)).seq).toBe(2);
    expect(stream.received.filter((message) => message.kind === 'receipt')).toHaveLength(2);
  });

  it('sends again, byte for byte, what was not acknowledged, also after a restart', async () => {
    const { fleet, server, dir, device, stream } = await scene();
    await device.link.record(1, outcomeOf(fleet, 1));
    const sent = await stream.message('receipt');
    await device.link.stop();
    await startDevice(dir, server.address, undefined);
    const second = await server.stream(1);
    expect(Buffer.from((await second.message('receipt')).envelope).equals(sent.envelope)).toBe(true);
    expect(second.hello.receipts).toMatchObject({ seq: 0, hash: null });
  });

  it('says after an acknowledgement how far the log is', async () => {
    const { fleet, server, device, stream } = await scene();
    await device.link.record(1, outcomeOf(fleet, 1));
    const sent = await stream.message('receipt');
    stream.send({ kind: 'receipt-ack', seq: 1 });
    await device.link.record(2, outcomeOf(fleet, 2));
    await stream.message('receipt', 1);
    server.script.onHello = (hello) => ({ ...welcome, log: hello.receipts });
    stream.cut();
    const second = await server.stream(1);
    expect(second.hello.receipts).toMatchObject({ seq: 1, hash: hashOf(sent) });
    expect((await second.message('receipt')).seq).toBe(2);
  });

  it('keeps no more than the limit of the server on the way', async () => {
    const { fleet, server, device, stream } = await scene();
    server.script.onHello = (): Welcome => ({ ...welcome, limits: { ...welcome.limits, openReceipts: 2 } });
    stream.cut();
    for (let id = 1; id <= 4; id += 1) await device.link.record(id, outcomeOf(fleet, id));
    const second = await server.stream(1);
    await second.message('receipt', 1);
    second.send({ kind: 'receipt-ack', seq: 1 });
    await second.message('receipt', 2);
    expect(
      second.received.filter((message) => message.kind === 'receipt').map((receipt) => receipt.seq),
    ).toEqual([1, 2, 3]);
  });
});

describe('when log and device do not agree', () => {
  it('sends again what the log lost', async () => {
    const { fleet, server, device, stream } = await scene();
    for (let id = 1; id <= 3; id += 1) await device.link.record(id, outcomeOf(fleet, id));
    const first = await stream.message('receipt');
    await stream.message('receipt', 2);
    stream.send({ kind: 'receipt-ack', seq: 3 });
    server.script.onHello = (hello) => ({
      ...welcome,
      log: { ...hello.receipts, seq: 1, hash: hashOf(first) },
    });
    await waitFor(() => stream.received.length === 4);
    stream.cut();
    const second = await server.stream(1);
    await second.message('receipt', 1);
    expect(
      second.received.filter((message) => message.kind === 'receipt').map((receipt) => receipt.seq),
    ).toEqual([2, 3]);
  });

  it('notices that its folder was restored, goes on in the chain of the log, and says so', async () => {
    const { fleet, server, dir, device, stream } = await scene();
    await device.link.record(1, outcomeOf(fleet, 1));
    await stream.message('receipt');
    stream.send({ kind: 'receipt-ack', seq: 1 });
    await device.link.stop();
    const backup = await tempDir('backup');
    await cp(dir, backup, { recursive: true });

    server.script.onHello = (hello) => ({ ...welcome, log: hello.receipts });
    const later = await startDevice(dir, server.address, undefined);
    await later.link.record(2, outcomeOf(fleet, 2));
    const lost = await (await server.stream(1)).message('receipt');
    await later.link.stop();

    server.script.onHello = (hello) => ({
      ...welcome,
      log: { ...hello.receipts, seq: 2, hash: hashOf(lost) },
    });
    const restored = await startDevice(backup, server.address, undefined);
    const stream3 = await server.stream(2);
    await restored.link.record(2, outcomeOf(fleet, 3));
    await restored.link.record(3, outcomeOf(fleet, 4));
    const third = await stream3.message('receipt');
    const fourth = await stream3.message('receipt', 1);
    const open = await reader(backup);
    expect(open(third)).toMatchObject({ seq: 3, previous: hashOf(lost), remarks: ['state-restored'] });
    expect(open(fourth)).toMatchObject({ seq: 4, previous: hashOf(third), remarks: [] });
  });

  it('seals what waits anew where the log holds another receipt at its place', async () => {
    const { fleet, server, dir, device, stream } = await scene();
    await device.link.record(1, outcomeOf(fleet, 1));
    await stream.message('receipt');
    const strange = fleet.fleet;
    server.script.onHello = (hello) => ({
      ...welcome,
      log: { instance: hello.receipts.instance, seq: 1, hash: strange },
    });
    stream.cut();
    const moved = await (await server.stream(1)).message('receipt');
    const open = await reader(dir);
    expect(open(moved)).toMatchObject({ seq: 2, previous: strange, counter: 1, remarks: ['state-restored'] });
  });
});

describe('when many receipts were acknowledged', () => {
  it('keeps the last 64 of them, and its place in the chain', async () => {
    const fleet = await createTestFleet();
    const path = join(await tempDir(), 'receipts.json');
    const key = createDeviceKey();
    const outbox = createReceiptOutbox(path);
    await outbox.open('i', key);
    const facts = {
      ...outcomeOf(fleet, 1),
      device: alpha,
      unitsOmitted: 0,
      deviceTime: 0,
      trustedTime: 0,
      bootId: 'b',
      agentVersion: 'v',
    };
    for (let id = 1; id <= keptAfterAck + 6; id += 1) await outbox.record(id, facts);
    await outbox.acknowledge(keptAfterAck + 5);
    expect(outbox.after(0)).toHaveLength(keptAfterAck + 1);

    const reopened = createReceiptOutbox(path);
    await reopened.open('i', key);
    expect(reopened.position()).toEqual(outbox.position());
    expect(reopened.position().seq).toBe(keptAfterAck + 5);
    const again = createReceiptOutbox(path);
    await again.open('another', createDeviceKey());
    expect(again.position()).toEqual({ instance: 'another', seq: 0, hash: null });
  });
});
