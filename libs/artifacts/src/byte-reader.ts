// SPDX-License-Identifier: Apache-2.0
import { brokenArchive } from './broken-archive.ts';

/** Takes exact amounts from a stream of chunks, holding no more than one of them. */
export interface ByteReader {
  /** Exactly `length` bytes; null where the stream ended before the first. */
  read(length: number): Promise<Buffer | null>;
  /** The next `length` bytes in chunks, each valid until the next is taken. */
  stream(length: number): AsyncGenerator<Buffer>;
  skip(length: number): Promise<void>;
}

/** `most`: bytes after which the source is refused as endless. */
export function readBytes(source: AsyncIterable<Uint8Array>, most: number): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let taken = 0;

  const fill = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await chunks.next();
      if (next.done === true) return false;
      taken += next.value.length;
      if (taken > most) throw brokenArchive(`it goes on beyond ${String(most)} bytes`, 'archive-unsafe');
      rest = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    return true;
  };

  async function* stream(length: number): AsyncGenerator<Buffer> {
    let left = length;
    while (left > 0) {
      if (!(await fill())) throw brokenArchive('it ends in the middle of an entry');
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  return {
    stream,
    async skip(length) {
      const parts = stream(length);
      while ((await parts.next()).done !== true);
    },
    async read(length) {
      if (!(await fill())) return null;
      const parts: Buffer[] = [];
      for await (const part of stream(length)) parts.push(part);
      return Buffer.concat(parts, length);
    },
  };
}
