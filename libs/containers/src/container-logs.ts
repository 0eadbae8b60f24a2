// SPDX-License-Identifier: Apache-2.0
import type { LogLine, LogQuery } from '@fairlead/engine';
import type { EngineApi } from './engine-api.ts';

/** Bytes before each piece of output: which stream, three that are zero, and the length of the piece. */
const headerBytes = 8;

/** Output of a container as its engine keeps it. With a terminal there is one stream alone. */
export async function* containerLines(
  api: EngineApi,
  container: { readonly id: string; readonly tty: boolean },
  { lines, since, follow, signal }: LogQuery,
): AsyncGenerator<LogLine> {
  const query = {
    stdout: '1',
    stderr: '1',
    tail: Number.isFinite(lines) ? String(lines) : 'all',
    ...(since !== null && { since: String(since / 1_000) }),
    ...(follow && { follow: '1' }),
  };
  const output = api.logs(container.id, query, signal);
  const pieces = container.tty ? asStdout(output) : divided(output);
  const rest = { stdout: '', stderr: '' };
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  for await (const { stream, bytes } of pieces) {
    const texts = (rest[stream] + decoders[stream].decode(bytes, { stream: true })).split('\n');
    rest[stream] = texts.pop() ?? '';
    for (const text of texts) yield { stream, text: text.replace(/\r$/, '') };
  }
  for (const stream of ['stdout', 'stderr'] as const)
    if (rest[stream] !== '') yield { stream, text: rest[stream] };
}

interface Piece {
  readonly stream: LogLine['stream'];
  readonly bytes: Buffer;
}

async function* asStdout(chunks: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  for await (const bytes of chunks) yield { stream: 'stdout', bytes };
}

async function* divided(chunks: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= headerBytes) {
      const end = headerBytes + held.readUInt32BE(4);
      if (held.length < end) break;
      yield { stream: held[0] === 2 ? 'stderr' : 'stdout', bytes: held.subarray(headerBytes, end) };
      held = held.subarray(end);
    }
  }
}
