// SPDX-License-Identifier: Apache-2.0
import { createConnection, type Socket } from 'node:net';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldsOf, lineFields } from './fields.ts';

/** What an agent says of itself, in its own words. */
export interface AgentView {
  /** What it is doing: the phase while it applies, else empty. */
  readonly phase: string;
  /** Each unit with its condition. */
  readonly units: readonly { readonly name: string; readonly condition: string }[];
}

/** How often the agent is asked, in milliseconds. */
const glance = 100;

/** Asks an agent on its local socket what it is at, again and again, until the signal aborts. One that is not there is waited for. */
export async function watchAgent(
  state: string,
  onView: (view: AgentView) => void,
  signal: AbortSignal,
): Promise<void> {
  // From the working folder: the kernel takes no more than 107 bytes.
  const path = relative(process.cwd(), join(state, 'local', 'agent.sock'));
  while (!signal.aborted) {
    await askUntilClosed(createConnection({ path, signal }), onView);
    await sleep(glance);
  }
}

/** One question and one answer at a time. Resolves when the connection is closed, if there ever was one. */
function askUntilClosed(socket: Socket, onView: (view: AgentView) => void): Promise<void> {
  const ask = (): void => {
    if (socket.writable) socket.write('{"method":"status"}\n');
  };
  socket.once('connect', ask);
  // A line reader repeats the errors of what it reads.
  createInterface({ input: socket })
    .on('error', () => undefined)
    .on('line', (line) => {
      onView(viewOf(fieldsOf(fieldsOf(lineFields(line))['result'])));
      setTimeout(ask, glance);
    });
  return new Promise((resolve) => {
    socket
      .on('error', () => undefined)
      .once('close', () => {
        resolve();
      });
  });
}

function viewOf({ state, message, units }: Readonly<Record<string, unknown>>): AgentView {
  return {
    phase: state === 'applying' ? String(message) : '',
    units: (Array.isArray(units) ? units : []).map((unit) => {
      const { name, condition } = fieldsOf(unit);
      return { name: String(name), condition: String(condition) };
    }),
  };
}
