// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FairleadError, type Logger } from '@fairlead/base';
import { localLimits, refusal, type LocalReply, type LocalRequest } from './local-protocol.ts';

export type LocalHandler = (request: LocalRequest) => LocalReply | Promise<LocalReply>;

/** Answers one request; whatever goes wrong in doing so is an answer too. */
export async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  handler: LocalHandler,
  logger: Logger,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  const { status, body } = await replyTo(request, handler, gone.signal).catch((thrown: unknown) => {
    const { code, message } = FairleadError.from(thrown);
    logger.error('a request on the local socket failed', { code, error: message });
    return refusal(500, code, message);
  });
  const text = body === undefined ? '' : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

async function replyTo(
  request: IncomingMessage,
  handler: LocalHandler,
  signal: AbortSignal,
): Promise<LocalReply> {
  const url = URL.parse(request.url ?? '', 'http://agent');
  const path = url === null ? null : segmentsOf(url.pathname);
  if (url === null || path === null) return refusal(400, 'misuse', 'the path of the request cannot be read');
  const text = await readBody(request);
  if (text === null) {
    request.resume();
    return refusal(413, 'misuse', `a body has at most ${String(localLimits.request)} bytes`);
  }
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    return refusal(400, 'misuse', 'the body is not JSON');
  }
  return handler({ method: request.method ?? 'GET', path, query: url.searchParams, body, signal });
}

/** Null: one of them is no text. */
function segmentsOf(path: string): readonly string[] | null {
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return null;
  }
}

/** Null: it is too long. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > localLimits.request) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
