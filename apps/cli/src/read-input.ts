// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import type { SpecFiles } from '@fairlead/spec';
import { mostBytes, specFolder } from './spec-folder.ts';

/**
 * The content of a file that a person names: also standard input (`-`), and what a shell hands over as `<(…)`. Undefined where it
 * cannot be read; `file-too-large` is thrown.
 */
export async function readInput(path: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const descriptor = descriptorOf(path);
  if (descriptor === undefined) return specFolder.read(path);
  const kind = await stat(`/dev/fd/${String(descriptor)}`).catch(() => undefined);
  if (kind === undefined || kind.isFile()) return specFolder.read(`/dev/fd/${String(descriptor)}`);
  // Unlike a read of the file system, a stream can be given up while nobody writes.
  const stream = descriptor === 0 ? process.stdin : new Socket({ fd: descriptor, writable: false });
  return readAll(path, addAbortSignal(signal, stream));
}

/** As what a specification stands: one that comes from no file lies in the current folder. */
export function inputName(path: string): string {
  return descriptorOf(path) === undefined ? path : '-';
}

/** The files of this machine, of which `top` has been read: a pipe gives its content once. */
export function specFolderWith(top: string, content: Uint8Array | undefined): SpecFiles {
  return { ...specFolder, read: async (path) => (path === top ? content : specFolder.read(path)) };
}

function descriptorOf(path: string): number | undefined {
  if (path === '-' || path === '/dev/stdin') return 0;
  const number = /^\/(?:dev|proc\/self)\/fd\/(\d{1,4})$/.exec(path)?.[1];
  return number === undefined ? undefined : Number(number);
}

async function readAll(path: string, stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes)
      throw new FairleadError({ code: 'file-too-large', message: `${path} is over 1 MiB` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
