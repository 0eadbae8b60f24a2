// SPDX-License-Identifier: Apache-2.0
// 5,000 simulated devices lose their server at once, or their connections alone, and connect again with hardly a pause: how long until
// all are back, and whether any is lost. The server is the program as shipped, over a repository with a log. Figures on stdout.
import { programs } from '@fairlead/fleet-example';
import { openRepository } from '@fairlead/git';
import { openAuthority } from '@fairlead/identity/authority';
import { readFleetLog } from '@fairlead/log';
import { createSimulatedFleet, issueIdentities, simulatedDeviceId } from '@fairlead/simulator';
import { runOk, systemClock } from '@fairlead/testing';
import { rootIdentity } from '@fairlead/trust/verify';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const devices = Number(process.env['FAIRLEAD_BENCH_DEVICES'] ?? 5_000);
/** Whoever is not back by then is lost. */
const patienceMs = 180_000;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

const dir = await mkdtemp(join(tmpdir(), 'fairlead-bench-storm-'));
const place = join(dir, 'fleet');
const [repo, keys] = [join(place, 'repo'), join(place, 'keys')];
const port = await freePort();
let server: ChildProcess | undefined;

async function startServer(): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      programs.server,
      ...['--repo', repo, '--keys', keys, '--data', join(dir, 'data'), '--log-level', 'error'],
      ...['--grpc', `127.0.0.1:${String(port)}`, '--http', '127.0.0.1:0', '--insecure-loopback'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  server = child;
  await once(child.stdout, 'data');
}

async function endServer(signal: NodeJS.Signals): Promise<void> {
  const running = server;
  if (running === undefined) return;
  server = undefined;
  const ended = once(running, 'exit');
  running.kill(signal);
  await ended;
}

/** Milliseconds until it is so; null: it never was. */
async function until(isSo: () => boolean): Promise<number | null> {
  const begun = performance.now();
  while (!isSo()) {
    if (performance.now() - begun > patienceMs) return null;
    await delay(20);
  }
  return Math.round(performance.now() - begun);
}

try {
  await runOk(process.execPath, [programs.cli, 'sim', 'fleet', '--devices', String(devices), '--dir', place]);
  const [root, key, certificate] = await Promise.all([
    readFile(join(keys, 'root.json')),
    readFile(join(keys, 'ca.pem'), 'utf8'),
    readFile(join(keys, 'ca.crt'), 'utf8'),
  ]);
  const anchor = { fleet: rootIdentity(root), root, ca: [certificate] };
  const ids = Array.from({ length: devices }, (_, n) => simulatedDeviceId(n));
  const identities = await issueIdentities(openAuthority({ key, certificate }), anchor, ids, Date.now());
  const fleet = createSimulatedFleet(
    {
      server: `127.0.0.1:${String(port)}`,
      anchor,
      devices: identities,
      behaviour: { reconnect: { baseMs: 50, capMs: 500 } },
    },
    { clock: systemClock, random: Math.random },
  );
  const allBack = (): Promise<number | null> => until(() => fleet.counts().connected === devices);
  const lost = (): number => devices - fleet.counts().connected;
  const say = (what: string, ms: number | null): void => {
    process.stderr.write(`${what}: ${String(ms)} ms\n`);
  };

  await startServer();
  fleet.start();
  const first = await allBack();
  say('first connected', first);
  const receipts = await until(() => fleet.counts().acknowledged === devices);
  say('receipts in the log', receipts);

  await endServer('SIGKILL');
  await until(() => fleet.counts().connected === 0);
  await startServer();
  const afterKill = { ms: await allBack(), lost: lost() };
  say('back after kill -9', afterKill.ms);

  const left = performance.now();
  await endServer('SIGTERM');
  await startServer();
  const listening = Math.round(performance.now() - left);
  const afterLeave = { ms: await allBack(), lost: lost(), serverAwayMs: listening };
  say('back after SIGTERM', afterLeave.ms);

  fleet.storm();
  await until(() => fleet.counts().connected < devices / 2);
  const afterCut = { ms: await allBack(), lost: lost() };
  say('back after a cut of all', afterCut.ms);
  const counts = fleet.counts();
  await fleet.stop();
  await endServer('SIGTERM');

  const opened = await openRepository(repo, { clock: systemClock });
  const entries = opened.ok ? await readFleetLog(opened.value, 'main') : opened;
  const inLog = entries.ok ? entries.value.filter(({ kind }) => kind === 'receipt').length : 0;
  const bar = { ms: 30_000, lost: 0 };
  const storms = [afterKill, afterCut];
  console.log(
    JSON.stringify({
      benchmark: 'storm',
      node: process.version,
      devices,
      firstConnect: { ms: first, perSecond: first === null ? null : Math.round((devices / first) * 1000) },
      receipts: { ms: receipts, inLog, expected: devices },
      afterKill,
      afterLeave,
      afterCut,
      failedAttempts: counts.failedAttempts,
      refusals: counts.refusals,
      bar,
      held: storms.every(({ ms, lost: gone }) => ms !== null && ms <= bar.ms && gone === 0),
    }),
  );
} finally {
  await endServer('SIGKILL');
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}
