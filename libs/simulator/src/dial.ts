// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { judgeServer } from '@fairlead/identity';
import { connect, type TLSSocket } from 'node:tls';
import { serverName, type ServerAddress } from './address.ts';
import type { FleetAnchor, SimulatedIdentity } from './identity.ts';

/** A TLS connection with this device's certificate, from the first packet on bounded by the signal. */
export function dial(
  address: ServerAddress,
  who: SimulatedIdentity,
  anchor: FleetAnchor,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...address,
      servername: serverName,
      ALPNProtocols: ['h2'],
      minVersion: 'TLSv1.3',
      ca: [...anchor.ca],
      key: who.key,
      cert: who.certificate,
      checkServerIdentity: judgeServer(anchor.fleet),
    });
    const settle = (done: () => void): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.off('close', onClose);
      done();
    };
    const fail = (message: string): void => {
      settle(() => {
        socket.on('error', () => undefined);
        socket.destroy();
        reject(new FairleadError({ code: 'no-server', message }));
      });
    };
    const onAbort = (): void => {
      fail('called off');
    };
    const onError = (error: Error): void => {
      fail(error.message);
    };
    const onClose = (): void => {
      fail('the server closed the connection');
    };
    socket.once('error', onError);
    socket.once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('secureConnect', () => {
      settle(() => {
        socket.setNoDelay(true);
        resolve(socket);
      });
    });
  });
}
