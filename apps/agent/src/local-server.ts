// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { chmod, link, rename, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { errnoOf, FairleadError, type Logger } from '@fairlead/base';
import { connectTo } from './local-client.ts';
import { exchange, type LocalHandler } from './local-exchange.ts';
import { localLimits } from './local-protocol.ts';
import { withSocketPath } from './socket-path.ts';

export interface LocalServer {
  /** Gives the folder free. */
  close(): Promise<void>;
}

/**
 * Takes hold of a state folder: the socket is its lock. It listens under a name of its own before it gets the name that counts, by a
 * link, which fails where that name is taken: so two agents never hold one folder, and nobody meets a socket that does not answer
 * yet. What a dead agent left is taken away. Throws `state-in-use`.
 */
export async function holdFolder(path: string, handler: LocalHandler, logger: Logger): Promise<LocalServer> {
  const own = join(dirname(path), `.${randomUUID().slice(0, 8)}`);
  const server = createServer(
    {
      headersTimeout: localLimits.arriveMs,
      requestTimeout: localLimits.arriveMs,
      keepAliveTimeout: localLimits.arriveMs,
    },
    (request, response) => void exchange(request, response, handler, logger),
  );
  server.maxConnections = localLimits.connections;
  await withSocketPath(own, (short) => listen(server, short));
  try {
    await chmod(own, 0o600);
    await takeName(own, path);
  } catch (thrown) {
    await closeServer(server);
    throw thrown;
  } finally {
    await rm(own, { force: true });
  }
  return {
    async close() {
      await rm(path, { force: true });
      server.closeAllConnections();
      await closeServer(server);
    },
  };
}

async function takeName(own: string, path: string): Promise<void> {
  for (;;) {
    try {
      await link(own, path);
      return;
    } catch (thrown) {
      if (errnoOf(thrown) !== 'EEXIST') throw thrown;
    }
    await removeStale(path);
  }
}

/** Takes away a socket that nobody listens to; one that came in its place meanwhile is put back. */
async function removeStale(path: string): Promise<void> {
  const before = await stat(path).catch(() => null);
  if (before === null) return;
  const other = await connectTo(path);
  if (other !== null) {
    other.destroy();
    throw new FairleadError({
      code: 'state-in-use',
      message: `another agent holds ${dirname(dirname(path))}`,
    });
  }
  const aside = join(dirname(path), `.stale-${randomUUID().slice(0, 8)}`);
  await rename(path, aside).catch(() => undefined);
  const taken = await stat(aside).catch(() => null);
  if (taken !== null && taken.ino !== before.ino) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
