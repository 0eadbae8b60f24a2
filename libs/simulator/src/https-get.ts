// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { judgeServer } from '@fairlead/identity';
import { request } from 'node:https';
import { serverName, type ServerAddress } from './address.ts';
import type { FleetAnchor, SimulatedIdentity } from './identity.ts';

/** One GET over a connection of its own, as this device. Throws `no-server` for whatever is not a whole answer. */
export function httpsGet(
  address: ServerAddress,
  path: string,
  maxBytes: number,
  who: SimulatedIdentity,
  anchor: FleetAnchor,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new FairleadError({ code: 'no-server', message: `GET ${path}: ${why}` }));
    };
    const outgoing = request(
      {
        ...address,
        path,
        servername: serverName,
        ca: [...anchor.ca],
        key: who.key,
        cert: who.certificate,
        checkServerIdentity: judgeServer(anchor.fleet),
        agent: false,
        signal,
      },
      (incoming) => {
        const parts: Buffer[] = [];
        let size = 0;
        incoming.on('data', (part: Buffer) => {
          size += part.length;
          parts.push(part);
          if (size > maxBytes) incoming.destroy(new Error(`more than ${String(maxBytes)} bytes`));
        });
        incoming.once('error', (error) => {
          fail(error.message);
        });
        incoming.once('end', () => {
          if (incoming.statusCode === 200) resolve(Buffer.concat(parts));
          else fail(`answer ${String(incoming.statusCode)}`);
        });
      },
    );
    outgoing.once('error', (error) => {
      fail(error.message);
    });
    outgoing.end();
  });
}
