// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { createDeviceKey } from '@fairlead/identity/device';
import { tempDir } from '@fairlead/testing';
import { openReceipt, type Receipt } from '@fairlead/trust/verify';
import { createPublicKey } from 'node:crypto';
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newMemory, type DeviceMemory } from './device-memory.ts';
import {
  acknowledgeReceipts,
  appendReceipt,
  emptyChain,
  meetLog,
  type ReceiptFacts,
} from './receipt-chain.ts';
import { openStateFolder } from './state-folder.ts';

const key = createDeviceKey();
const device = '51310000-0000-4000-8000-000000000001';
const identity = { device, instance: 'one', key, certificate: 'PEM' };
const facts: ReceiptFacts = {
  device,
  revision: sha256('revision'),
  counter: 1,
  target: sha256('target'),
  previousTarget: null,
  result: 'applied',
  code: null,
  units: [],
  unitsOmitted: 0,
  deviceTime: 1,
  trustedTime: 1,
  bootId: 'boot',
  agentVersion: 'v',
  remarks: [],
};
const opened = (envelope: string): Receipt => {
  const receipt = openReceipt(Buffer.from(envelope), createPublicKey(key));
  if (!receipt.ok) throw new Error(receipt.error.join('; '));
  return receipt.value;
};
const chainOf = (count: number) =>
  Array.from({ length: count }).reduce<DeviceMemory['chain']>(
    (chain) => appendReceipt(chain, facts, key),
    emptyChain('one'),
  );

describe('when a run of the simulator ends and another begins', () => {
  it('finds identities and memories again, readable by their owner alone', async () => {
    const dir = join(await tempDir(), 'devices');
    const first = await openStateFolder(dir);
    await first.addIdentity(identity);
    const blank = newMemory({ fleet: sha256('root'), root: Buffer.from('root'), ca: [] })(identity);
    const wanted = { revision: sha256('r'), counter: 3, target: sha256('t'), units: ['jobs/one'] };
    const memories = new Map([
      ['a', { ...blank, wanted, committed: wanted.target, chain: chainOf(2) }],
      ['b', { ...blank, held: { ...blank.held, branch: 'main' } }],
      ['c', blank],
    ]);
    await first.saveMemories(memories);
    const second = await openStateFolder(dir);
    expect(await second.identities()).toEqual(new Map([[device, identity]]));
    expect(await second.memories()).toEqual(memories);
    for (const name of ['identities.jsonl', 'memories.jsonl'])
      expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
  });

  it('goes on after a line that was cut, and refuses one that was changed', async () => {
    const dir = await tempDir();
    const folder = await openStateFolder(dir);
    await folder.addIdentity(identity);
    await appendFile(join(dir, 'identities.jsonl'), '{"device":"cu');
    expect((await folder.identities()).size).toBe(1);
    await writeFile(
      join(dir, 'identities.jsonl'),
      (await readFile(join(dir, 'identities.jsonl'), 'utf8')).replace('"key"', '"kez"'),
    );
    await expect(folder.identities()).rejects.toMatchObject({ code: 'storage-failed' });
  });
});

describe('when receipts meet the log', () => {
  it('are chained, and sent from where the log is', () => {
    const chain = chainOf(3);
    const receipts = chain.kept.map(({ envelope }) => opened(envelope));
    expect(receipts.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(receipts.map(({ previous }) => previous)).toEqual([
      null,
      chain.kept[0]?.hash,
      chain.kept[1]?.hash,
    ]);
    expect(meetLog(chain, null).after).toBe(0);
    expect(meetLog(chain, { instance: 'other', seq: 2, hash: null }).after).toBe(0);
    const met = meetLog(chain, { instance: 'one', seq: 2, hash: chain.kept[1]?.hash ?? null });
    expect(met).toMatchObject({ after: 2, chain: { acknowledged: { seq: 2 }, restored: false } });
  });

  it('go on where the log is ahead, and the next one says that the memory is older', () => {
    const log = { instance: 'one', seq: 9, hash: sha256('nine') };
    const { chain, after } = meetLog(chainOf(2), log);
    expect(after).toBe(9);
    const [next] = appendReceipt(chain, facts, key).kept;
    expect(opened(next?.envelope ?? '')).toMatchObject({
      seq: 10,
      previous: log.hash,
      remarks: ['state-restored'],
    });
  });

  it('are kept after their acknowledgement, the last 64 of them', () => {
    const chain = acknowledgeReceipts(chainOf(70), 69);
    expect(chain.acknowledged.seq).toBe(69);
    expect(chain.kept.map(({ seq }) => seq)).toEqual(Array.from({ length: 65 }, (_, n) => n + 6));
  });
});
