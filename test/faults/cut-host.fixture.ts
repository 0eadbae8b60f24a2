// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http';
import { basename } from 'node:path';

/** A host of images whose network a test may cut. */
export interface CutHost {
  readonly url: string;
  /** True: whoever asks is told nothing, or a part that ends at any byte. */
  setCut(isCut: boolean): void;
  close(): Promise<void>;
}

/** Serves files by name on 127.0.0.1. */
export async function startCutHost(
  files: ReadonlyMap<string, Buffer>,
  random: () => number,
): Promise<CutHost> {
  let cut = false;
  const server = createServer((request, response) => {
    const file = files.get(basename(request.url ?? '')) ?? Buffer.alloc(0);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const length = { 'content-length': file.length - from };
    const range = {
      'content-range': `bytes ${String(from)}-${String(file.length - 1)}/${String(file.length)}`,
    };
    if (from === 0) response.writeHead(200, length);
    else response.writeHead(206, { ...length, ...range });
    if (!cut) response.end(file.subarray(from));
    else {
      const until = from + Math.floor(random() * (file.length - from));
      response.write(file.subarray(from, until), () => response.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`,
    setCut(isCut) {
      cut = isCut;
      if (cut) server.closeAllConnections();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
