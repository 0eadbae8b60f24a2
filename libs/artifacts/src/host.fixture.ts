// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sha256, silentLogger } from '@fairlead/base';
import { systemClock, tempDir } from '@fairlead/testing';
import { onTestFinished } from 'vitest';
import { createArtifactStore, type ArtifactStore } from './artifact-store.ts';
import type { DownloadSettings, WantedArtifact } from './download.ts';

export interface Host {
  readonly url: string;
  /** Requests so far. */
  readonly asked: readonly IncomingMessage[];
  /** The Range header of each request, or '-'. */
  ranges(): readonly string[];
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A host on 127.0.0.1 that answers as it is told, until the test ends. */
export async function startHost(answer: Answer): Promise<Host> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/file`,
    asked,
    ranges: () => asked.map((request) => request.headers.range ?? '-'),
  };
}

/** A host in good order: ranges, entity tags, preconditions. `cutAt`: bytes of the file after which it cuts the first connection. */
export function goodHost(
  bytes: Buffer,
  options: { readonly tag?: string; readonly cutAt?: number } = {},
): Answer {
  let cuts = options.cutAt === undefined ? 0 : 1;
  return (request, response) => {
    const tag = options.tag ?? '"v1"';
    const wanted = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const precondition = request.headers['if-range'];
    const from =
      wanted === null || (precondition !== undefined && precondition !== tag) ? 0 : Number(wanted[1]);
    if (from > 0 && from >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${String(bytes.length)}` }).end();
      return;
    }
    const range =
      from > 0
        ? { 'content-range': `bytes ${String(from)}-${String(bytes.length - 1)}/${String(bytes.length)}` }
        : {};
    response.writeHead(from > 0 ? 206 : 200, { etag: tag, 'content-length': bytes.length - from, ...range });
    if (cuts === 0) {
      response.end(bytes.subarray(from));
      return;
    }
    cuts -= 1;
    response.flushHeaders();
    response.write(
      bytes.subarray(from, options.cutAt),
      () => void delay(20).then(() => response.socket?.end()),
    );
  };
}

export interface Store {
  readonly dir: string;
  readonly store: ArtifactStore;
  readonly partial: (wanted: WantedArtifact) => string;
}

export async function tempStore(settings: Partial<DownloadSettings> = {}): Promise<Store> {
  const dir = join(await tempDir('artifacts'), 'store');
  const store = createArtifactStore({ dir, clock: systemClock, logger: silentLogger, settings });
  return { dir, store, partial: (wanted) => join(dir, 'partial', wanted.digest.slice('sha256:'.length)) };
}

export function wantedAt(url: string, bytes: Buffer): WantedArtifact {
  return { url, digest: sha256(bytes), size: bytes.length };
}

/** Bytes that no shift of themselves equals. */
export function someBytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7) & 0xff));
}
