// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What stands in front of replicas: one address whose connections go, byte by byte, to any that listens. */
export interface Balancer {
  readonly port: number;
  close(): Promise<void>;
}

/** `random` is uniform in [0, 1). Who finds no replica is hung up on. */
export async function createBalancer(ports: readonly number[], random: () => number): Promise<Balancer> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on('error', () => undefined).on('close', () => clients.delete(client));
    const first = Math.floor(random() * ports.length);
    join(client, [...ports.slice(first), ...ports.slice(0, first)]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      for (const client of clients) client.destroy();
      await once(server, 'close');
    },
  };
}

function join(client: Socket, [port, ...others]: readonly number[]): void {
  if (port === undefined) {
    client.destroy();
    return;
  }
  const replica = connect(port, '127.0.0.1');
  const next = (): void => {
    join(client, others);
  };
  replica.once('error', next);
  replica.once('connect', () => {
    replica.off('error', next).on('error', () => client.destroy());
    client.on('close', () => replica.destroy());
    replica.on('close', () => client.destroy());
    client.pipe(replica).pipe(client);
  });
}
