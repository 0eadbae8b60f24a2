// SPDX-License-Identifier: Apache-2.0
import { sha256, silentLogger } from '@fairlead/base';
import { openRepository } from '@fairlead/git';
import { createDeviceKey } from '@fairlead/identity/device';
import { openFleetLog } from '@fairlead/log';
import { systemClock } from '@fairlead/testing';
import { receiptHash, sealReceipt } from '@fairlead/trust/verify';
import { describe, expect, it } from 'vitest';
import { readServerKeys } from './server-keys.ts';
import { devices, newFleet, recordOf, startServer, type Fleet } from './server.fixture.ts';

/** As a server that ran before has stored it. */
async function storeReceipt(fleet: Fleet, device: string): Promise<void> {
  const { logSigner: signer } = await readServerKeys(fleet.keys);
  const opened = await openRepository(fleet.dir, { clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const ports = { signer, clock: systemClock, logger: silentLogger };
  const log = openFleetLog({ repository: opened.value, branch: 'main', replica: 'before', ...ports });
  await log.open(() => undefined);
  const link = { instance: 'one', seq: 1, previous: null };
  const envelope = sealReceipt(
    {
      ...link,
      device,
      revision: sha256('revision'),
      counter: 1,
      target: sha256('target'),
      previousTarget: null,
      result: 'applied',
      code: null,
      units: [],
      unitsOmitted: 0,
      deviceTime: systemClock.now(),
      trustedTime: systemClock.now(),
      bootId: 'boot',
      agentVersion: '1',
      remarks: [],
    },
    createDeviceKey(),
  );
  const stop = new AbortController();
  const running = log.run(stop.signal);
  const stored = log.receipts.store({ device, link: { ...link, hash: receiptHash(envelope) }, envelope });
  stop.abort();
  await running;
  expect(await stored).toMatchObject({ ok: true });
}

describe('when a server starts over a log with receipts', () => {
  it('calls their devices offline, and the others never seen', async () => {
    const fleet = await newFleet();
    await storeReceipt(fleet, devices[0]);
    const server = await startServer(fleet, fleet.dir);
    await recordOf(fleet.dir, 'revision', await fleet.head());
    await server.isReady();
    const { http } = await server.program.ready();
    const metrics = await (await fetch(`http://${String(http)}/metrics`)).text();
    expect(metrics).toContain('fairlead_devices{state="offline"} 1');
    expect(metrics).toContain('fairlead_devices{state="never-seen"} 1');
  }, 120_000);
});
