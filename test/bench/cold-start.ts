// SPDX-License-Identifier: Apache-2.0
// Reads a fleet log as a server does when it starts: every record, and every batch of receipts of the newest segment, signatures
// included. FAIRLEAD_LONG=1 takes 10,000 of each. Figures on stdout, one JSON object; nothing is asserted on time.
import { FairleadError, sha256, silentLogger, type Clock } from '@fairlead/base';
import { openRepository, realDisk, type Disk } from '@fairlead/git';
import { openFleetLog, type FleetLog } from '@fairlead/log';
import { git, systemClock } from '@fairlead/testing';
import { createEd25519Key, ed25519Signer } from '@fairlead/trust/sign';
import { receiptHash, sealReceipt } from '@fairlead/trust/verify';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const count = process.env['FAIRLEAD_LONG'] === '1' ? 10_000 : 1_000;
const rounds = 3;
const signer = ed25519Signer(createEd25519Key());
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const deviceKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** As many batches as receipts: none waits a quarter of a second for company. */
const hasty: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === 250 ? 0 : ms, signal),
};
/** Nothing here has to outlive a power cut. */
const quick: Disk = {
  ...realDisk,
  syncFolder: () => Promise.resolve(),
  async create(path, mode) {
    const file = await realDisk.create(path, mode);
    return {
      ...file,
      write: (bytes) => file.write(bytes),
      sync: () => Promise.resolve(),
      close: () => file.close(),
    };
  },
};

const dir = await mkdtemp(join(tmpdir(), 'fairlead-bench-'));
try {
  await git(dir, 'init', '-q', '--bare', '-b', 'main');
  await fill(await open());
  const loose = await readings();
  await git(dir, 'gc', '-q');
  const packed = await readings();
  process.stdout.write(
    `${JSON.stringify({ benchmark: 'cold-start', records: count, batches: count, ms: { packed, loose } })}\n`,
  );
} finally {
  await rm(dir, { recursive: true, force: true });
}

async function open(): Promise<FleetLog> {
  const opened = await openRepository(dir, { clock: systemClock, disk: quick });
  if (!opened.ok) throw new FairleadError(opened.error);
  const log = openFleetLog({
    repository: opened.value,
    branch: 'main',
    signer,
    replica: 'bench',
    clock: hasty,
    logger: silentLogger,
  });
  const read = await log.open(() => undefined);
  if (!read.ok) throw new FairleadError(read.error);
  return log;
}

async function readings(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begin = performance.now();
    await open();
    times.push(Math.round(performance.now() - begin));
  }
  return times.sort((a, b) => a - b)[rounds >> 1] ?? 0;
}

async function fill(log: FleetLog): Promise<void> {
  const at = new Date(systemClock.now()).toISOString();
  const stop = new AbortController();
  const running = log.run(stop.signal);
  for (let n = 0; n < count; n += 1) {
    const device = `device-${String(n)}`;
    const commit = sha256(device).slice('sha256:'.length, 'sha256:'.length + 40);
    const written = await log.append([
      { kind: 'refused', at, commit, code: 'invalid-input', diagnostics: [] },
    ]);
    if (!written.ok) throw new FairleadError(written.error);
    const stored = await log.receipts.store(receiptOf(device));
    if (!stored.ok) throw new FairleadError(stored.error);
  }
  stop.abort();
  await running;
}

function receiptOf(device: string): Parameters<FleetLog['receipts']['store']>[0] {
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
    deviceKey,
  );
  return { device, link: { ...link, hash: receiptHash(envelope) }, envelope };
}
