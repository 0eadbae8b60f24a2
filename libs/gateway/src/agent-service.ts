// SPDX-License-Identifier: Apache-2.0
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { FairleadError, type Clock, type Logger } from '@fairlead/base';
import { asSerialized } from '@fairlead/wire';
import type { Callers } from './callers.ts';
import type { FleetStreams } from './fleet-streams.ts';
import type { Offers } from './offers.ts';
import type { GatewayEvent, ReceiptsPort } from './ports.ts';
import { createSession } from './session.ts';
import type { StatusWriter } from './status-book.ts';
import type { TurnAway } from './turn-away.ts';

export interface AgentServicePorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly callers: Callers;
  readonly receipts: ReceiptsPort;
  readonly status: StatusWriter;
  readonly streams: FleetStreams;
  readonly turnAway: TurnAway;
  offers(): Offers | undefined;
  emit(event: GatewayEvent): void;
  /** Cuts the connection from this `address:port`. */
  cut(peer: string): void;
}

/** Ties a gRPC call to a session. */
export function connectDevice(call: ServerDuplexStream<Buffer, Buffer>, ports: AgentServicePorts): void {
  const peer = ports.callers.of(call);
  const address = call.getPeer();
  const cut = (): void => {
    ports.cut(address);
  };
  if (peer.kind !== 'device') {
    // Revoked or ended between the interceptor and here.
    cut();
    return;
  }
  const session = createSession(peer, {
    ...ports,
    sink: {
      write: (frame, done) => {
        call.write(asSerialized(frame), () => {
          done();
        });
      },
      end: () => {
        call.end();
      },
    },
    publicKey: () => ports.callers.certificateOf(call)?.publicKey,
    admit: (hello) => ports.streams.admit(session, hello),
  });
  ports.streams.opened(session, cut);
  call.on('data', (frame: Buffer) => {
    try {
      session.receive(frame);
    } catch (error) {
      // Whatever one device sends, the others keep their streams.
      ports.logger.error('stream failed', {
        device: session.peer.id,
        reason: FairleadError.from(error).message,
      });
      cut();
    }
  });
  call.on('error', (error) => {
    ports.logger.debug('stream failed', { device: peer.id, reason: error.message });
  });
  call.once('end', () => {
    call.end();
  });
  call.once('cancelled', () => {
    ports.streams.closed(session);
  });
  call.once('close', () => {
    ports.streams.closed(session);
  });
}
