// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

type Compression = 'none' | 'gzip' | 'zstd';

/** How a file is compressed, by its first bytes: what it is called says nothing. */
async function compressionOf(path: string): Promise<Compression> {
  const first = await readPart(path, 0, 4);
  if (first.length >= 2 && first.readUInt16LE() === 0x8b1f) return 'gzip';
  return first.length === 4 && isZstd(first.readUInt32LE()) ? 'zstd' : 'none';
}

/** The bytes of a file, decompressed. Throws what zlib throws. */
export async function* plainBytes(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  switch (await compressionOf(path)) {
    case 'none':
      yield* readAll(createReadStream(path, { signal, highWaterMark: chunk }));
      return;
    case 'gzip':
      yield* gunzip(path, signal);
      return;
    case 'zstd':
      yield* unzstd(path, signal);
      return;
  }
}

/**
 * Bytes that a compressed file says it holds: the end of a gzip (RFC 1952, ISIZE: modulo 2³², of its last member), the head of a
 * zstd (RFC 8878, 3.1.1.1: of its first frame, if at all). Never less than the file's own length.
 */
export async function statedBytes(path: string): Promise<number> {
  const { size } = await stat(path);
  switch (await compressionOf(path)) {
    case 'none':
      return size;
    case 'gzip':
      return size < 4 ? size : Math.max(size, (await readPart(path, size - 4, 4)).readUInt32LE());
    case 'zstd':
      return Math.max(size, frameBytes(await readPart(path, 0, longestFrameHead)));
  }
}

const chunk = 64 * 1024;

async function* gunzip(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const raw = createReadStream(path, { signal, highWaterMark: chunk });
  try {
    yield* readAll(pipeline(raw, createGunzip(), () => undefined));
  } finally {
    raw.destroy();
  }
}

/** Parallel compressors write many frames, and zlib ends at the end of one. Its window is bound to 128 MiB, as zstd's own default is. */
async function* unzstd(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { size } = await stat(path);
  for (let start = 0; start < size;) {
    const raw = createReadStream(path, { start, signal, highWaterMark: chunk });
    const frame = createZstdDecompress();
    try {
      yield* readAll(pipeline(raw, frame, () => undefined));
    } finally {
      raw.destroy();
    }
    start += Math.max(1, frame.bytesWritten);
  }
}

async function* readAll(stream: AsyncIterable<unknown> & { destroy(): unknown }): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of stream) yield part as Buffer;
  } finally {
    stream.destroy();
  }
}

/** A frame, or one to be skipped (RFC 8878, 3.1.1 and 3.1.2). */
function isZstd(magic: number): boolean {
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
}

const longestFrameHead = 18;

/** 0: not said. */
function frameBytes(head: Buffer): number {
  if (head.length < 5 || head.readUInt32LE() !== 0xfd2fb528) return 0;
  const descriptor = head.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingleSegment ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  const length = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  if (length === 0 || head.length < at + length) return 0;
  if (length === 8) return Number(head.readBigUInt64LE(at));
  return head.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

async function readPart(path: string, at: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
