// SPDX-License-Identifier: Apache-2.0
import { createServer, type ServerResponse } from 'node:http';

/** How a host of images behaves. */
type Mood =
  | { readonly kind: 'honest' }
  /** Takes the request, and never answers. */
  | { readonly kind: 'silent' }
  /** States the whole length, and cuts the connection where the file has `at` bytes, once those are stored. */
  | { readonly kind: 'cut'; readonly at: number; readonly stored: () => Promise<unknown> }
  /** Gives these bytes; `stated`: what its header says of their length, null: nothing. */
  | { readonly kind: 'other'; readonly bytes: Buffer; readonly stated: number | null };

export interface MoodyHost {
  readonly url: string;
  /** What Range said in each request, in order; null: it was not there. */
  readonly ranges: readonly (string | null)[];
  setMood(mood: Mood): void;
  /** Nobody listens any more; `up` takes the same port again. */
  down(): Promise<void>;
  up(): Promise<void>;
}

/** Serves one file, whatever the path, on 127.0.0.1. */
export async function startMoodyHost(file: Buffer): Promise<MoodyHost> {
  const ranges: (string | null)[] = [];
  let mood: Mood = { kind: 'honest' };
  let port = 0;
  const server = createServer((request, response) => {
    const range = request.headers.range ?? null;
    ranges.push(range);
    if (mood.kind === 'silent') return;
    if (mood.kind === 'other') {
      if (mood.stated !== null) response.setHeader('content-length', mood.stated);
      response.end(mood.bytes);
      return;
    }
    give(response, file, Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0), mood);
  });
  const up = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        port = typeof address === 'object' && address !== null ? address.port : 0;
        resolve();
      });
    });
  await up();
  return {
    url: `http://127.0.0.1:${String(port)}/image.tar`,
    ranges,
    setMood: (next) => {
      mood = next;
    },
    down: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
    up,
  };
}

function give(
  response: ServerResponse,
  file: Buffer,
  from: number,
  mood: Extract<Mood, { kind: 'honest' | 'cut' }>,
): void {
  const length = { 'content-length': file.length - from };
  if (from === 0) response.writeHead(200, length);
  else
    response.writeHead(206, {
      ...length,
      'content-range': `bytes ${String(from)}-${String(file.length - 1)}/${String(file.length)}`,
    });
  if (mood.kind === 'honest') {
    response.end(file.subarray(from));
    return;
  }
  response.write(file.subarray(from, Math.max(from, mood.at)));
  // Bytes that nobody has read yet would be lost with the connection.
  void mood.stored().then(() => response.destroy());
}
