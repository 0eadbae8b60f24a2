// SPDX-License-Identifier: Apache-2.0
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { tempDir } from '@fairlead/testing';
import { onTestFinished } from 'vitest';

/** A socket in front of an engine's, which does so many requests more and then answers none: as an agent that dies there. */
export interface CutSocket {
  readonly path: string;
  /** Requests that change something, so far. */
  changes(): number;
  /** Lets so many more changes through; the next one is done, and its answer lost. */
  cutAfter(changes: number): void;
}

export async function startCutSocket(engine: string): Promise<CutSocket> {
  const path = join(await tempDir('cut'), 'engine.sock');
  let changes = 0;
  let left = Number.POSITIVE_INFINITY;
  const server = createServer((asked, answer) => {
    if (left < 0) {
      asked.socket.destroy();
      return;
    }
    const isChange = asked.method !== 'GET';
    if (isChange) {
      changes += 1;
      left -= 1;
    }
    const isLast = left < 0;
    const { method, url: to, headers } = asked;
    const passed = request({ socketPath: engine, method, path: to, headers }, (reply) => {
      if (!isLast) {
        answer.writeHead(reply.statusCode ?? 500, reply.headers);
        reply.pipe(answer);
        return;
      }
      reply.resume().once('end', () => asked.socket.destroy());
    });
    passed.on('error', () => asked.socket.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    path,
    changes: () => changes,
    cutAfter(more) {
      left = more;
    },
  };
}
