// SPDX-License-Identifier: Apache-2.0
import { digestHex, sha256 } from '@fairlead/base';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join, relative } from 'node:path';
import { tar, type TarEntry } from './tar.ts';

/** A file that running configs of the example name by URL. */
export interface BuiltFile {
  /** Last part of its URL. */
  readonly name: string;
  readonly size: number;
  /** SHA-256: 64 hexadecimal digits. */
  readonly checksum: string;
}

export const exampleDir = import.meta.dirname;

/** Makes one archive of each folder of `programs/`, and a copy of each of `files/`, in `outDir`. The same bytes on every machine. */
export async function buildImages(outDir: string): Promise<readonly BuiltFile[]> {
  const programs = (await readdir(join(exampleDir, 'programs'))).sort();
  const files = (await readdir(join(exampleDir, 'files'))).sort();
  const built = [
    ...(await Promise.all(
      programs.map(
        async (name) => [`${name}.tar`, tar(await entriesOf(join(exampleDir, 'programs', name)))] as const,
      ),
    )),
    ...(await Promise.all(
      files.map(async (name) => [name, await readFile(join(exampleDir, 'files', name))] as const),
    )),
  ];
  await Promise.all(built.map(([name, bytes]) => writeFile(join(outDir, name), bytes)));
  return built.map(([name, bytes]) => ({ name, size: bytes.byteLength, checksum: digestHex(sha256(bytes)) }));
}

async function entriesOf(dir: string): Promise<readonly TarEntry[]> {
  const found = await readdir(dir, { recursive: true, withFileTypes: true });
  return Promise.all(
    found
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return {
          path: relative(dir, path),
          content: await readFile(path),
          executable: entry.name.endsWith('.sh'),
        };
      }),
  );
}

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
        const begin = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
        const part = bytes.subarray(begin);
        response.writeHead(begin > 0 ? 206 : 200, {
          'content-length': part.byteLength,
          'accept-ranges': 'bytes',
          ...(begin > 0
            ? {
                'content-range': `bytes ${String(begin)}-${String(bytes.byteLength - 1)}/${String(bytes.byteLength)}`,
              }
            : {}),
        });
        response.end(part);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
