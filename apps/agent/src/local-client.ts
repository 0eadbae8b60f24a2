// SPDX-License-Identifier: Apache-2.0
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import { errnoOf, FairleadError, isCode } from '@fairlead/base';
import * as v from 'valibot';
import { localLimits } from './local-protocol.ts';
import { withSocketPath } from './socket-path.ts';

const errorForm = v.object({
  error: v.string(),
  code: v.pipe(v.string(), v.check(isCode)),
  hint: v.string(),
});

/** Asks the agent that holds the folder of this socket and resolves with what it answers; null: there is none. Throws what it refuses. */
export async function askAgent(
  socketPath: string,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<{ readonly body: unknown } | null> {
  const socket = await connectTo(socketPath);
  if (socket === null) return null;
  try {
    const response = await send(socket, method, path, body);
    // It went away between accepting and answering.
    if (response === null) return null;
    const answer = parseJson(await readText(response));
    if (response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300)
      return { body: answer };
    const refused = v.safeParse(errorForm, answer);
    if (!refused.success || !isCode(refused.output.code))
      throw strange(`status ${String(response.statusCode)}`);
    const { error, code, hint } = refused.output;
    throw new FairleadError({ code, message: error, hint });
  } finally {
    socket.destroy();
  }
}

function send(socket: Socket, method: string, path: string, body: unknown): Promise<IncomingMessage | null> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ method, path, host: 'agent', createConnection: () => socket }, resolve);
    request.once('error', (error) => {
      if (errnoOf(error) === 'ECONNRESET' || errnoOf(error) === 'EPIPE') resolve(null);
      else reject(strange(error.message));
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > localLimits.answer) throw strange('an answer without an end');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw strange('no JSON');
  }
}

function strange(what: string): FairleadError {
  return new FairleadError({ code: 'no-agent', message: `the agent answered with something else: ${what}` });
}

/** Null: nobody listens there. */
export async function connectTo(path: string): Promise<Socket | null> {
  try {
    return await withSocketPath(path, (short) => connect(short));
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === 'ENOENT' || errno === 'ECONNREFUSED' || errno === 'ENOTSOCK') return null;
    const message = `the socket of the agent cannot be reached: ${FairleadError.from(thrown).message}`;
    throw new FairleadError({
      code: errno === 'EACCES' ? 'not-permitted' : 'no-agent',
      message,
      cause: thrown,
    });
  }
}

function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
