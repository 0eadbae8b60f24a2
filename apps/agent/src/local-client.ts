// SPDX-License-Identifier: Apache-2.0
import { createConnection, type Socket } from 'node:net';
import { errnoOf, FairleadError } from '@fairlead/base';
import { linesOf } from './local-lines.ts';
import { localLimits, parseAnswer, type LocalAnswer, type LocalRequest } from './local-protocol.ts';
import { withSocketPath } from './socket-path.ts';

/** Asks the agent that holds the folder of this socket; null: there is none. */
export async function askAgent(socketPath: string, request: LocalRequest): Promise<LocalAnswer | null> {
  const socket = await connectTo(socketPath);
  if (socket === null) return null;
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    for await (const line of linesOf(socket, localLimits.answer)) {
      const answer = parseAnswer(line);
      if (answer.ok) return answer.value;
      throw new FairleadError({
        code: 'no-agent',
        message: `the agent answered with something else: ${answer.error}`,
      });
    }
    // It went away between accepting and answering.
    return null;
  } finally {
    socket.destroy();
  }
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
