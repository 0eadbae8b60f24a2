// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@fairlead/testing';
import { onTestFinished } from 'vitest';
import { createResolver, type Resolver, type ResolverOptions } from './resolve/resolver.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A host in plain text on this machine that answers as it is told; `http://127.0.0.1:<port>`. */
export async function startHost(answer: Handler): Promise<string> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** Sends without end. */
export function pour(response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536)));
  };
  response.on('drain', more);
  more();
}

export function newResolver(options: Partial<ResolverOptions> = {}): Resolver {
  return createResolver({
    clock: systemClock,
    maxBytes: 2 ** 20,
    idleMs: 10_000,
    onProgress: () => undefined,
    ...options,
  });
}
