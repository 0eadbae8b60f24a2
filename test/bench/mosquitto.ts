// SPDX-License-Identifier: Apache-2.0
// Debian's mosquitto as a broker with the same certificates as the gateway: TLS 1.3, P-256, a certificate asked of everyone.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:net';
import type { BenchKeys } from './streams-parts.ts';

export interface Broker {
  readonly port: number;
  readonly version: string;
  readonly pid: number;
  end(): Promise<void>;
}

const program = '/usr/sbin/mosquitto';

/** Undefined: not installed. */
export async function startMosquitto(dir: string, keys: BenchKeys): Promise<Broker | undefined> {
  const asked = spawnSync(program, ['-h'], { encoding: 'utf8' });
  if (asked.error !== undefined) return undefined;
  const port = await freePort();
  const path = (name: string): string => join(dir, name);
  await Promise.all([
    writeFile(path('ca.crt'), keys.ca),
    writeFile(path('server.crt'), keys.server.certificate),
    writeFile(path('server.key'), keys.server.key, { mode: 0o600 }),
    writeFile(
      path('mosquitto.conf'),
      [
        `listener ${String(port)} 127.0.0.1`,
        `cafile ${path('ca.crt')}`,
        `certfile ${path('server.crt')}`,
        `keyfile ${path('server.key')}`,
        'tls_version tlsv1.3',
        'require_certificate true',
        'allow_anonymous true',
        'persistence false',
        'max_connections -1',
        'set_tcp_nodelay true',
        // It would become another user, who cannot read the folder.
        'user root',
        'log_dest none',
      ].join('\n'),
    ),
  ]);
  const broker = spawn(program, ['-c', path('mosquitto.conf')], { stdio: 'ignore' });
  await untilListening(port);
  return {
    port,
    version: /version (\S+)/.exec(asked.stdout)?.[1] ?? 'unknown',
    pid: broker.pid ?? 0,
    async end() {
      const ended = once(broker, 'exit');
      broker.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await delay(50);
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`mosquitto does not listen on ${String(port)}`);
}
