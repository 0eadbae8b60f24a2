// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { basename, join } from 'node:path';

export interface ImageHost {
  /** Without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the files of a folder on a free port of 127.0.0.1, with ranges, so that a download can go on where it stopped. */
export async function serveImages(dir: string): Promise<ImageHost> {
  const server = createServer((request, response) => {
    void readFile(join(dir, basename(request.url ?? ''))).then(
      (bytes) => {
        answer(response, bytes, request.headers.range);
      },
      () => {
        response.writeHead(404).end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Knows the one form of range that a download asks for: from a byte to the end. */
function answer(response: ServerResponse, bytes: Buffer, range: string | undefined): void {
  const from = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
  const begin = Number(from ?? 0);
  if (begin >= bytes.byteLength && from !== undefined) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.byteLength}` }).end();
    return;
  }
  const part = bytes.subarray(begin);
  const range206 = { 'content-range': `bytes ${begin}-${bytes.byteLength - 1}/${bytes.byteLength}` };
  response.writeHead(from === undefined ? 200 : 206, {
    'content-length': part.byteLength,
    'accept-ranges': 'bytes',
    ...(from === undefined ? {} : range206),
  });
  response.end(part);
}
