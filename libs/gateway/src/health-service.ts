// SPDX-License-Identifier: Apache-2.0
import {
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { decodeHealthRequest, encodeHealthResponse, type ServingStatus } from '@fairlead/wire';

export interface HealthService {
  readonly implementation: UntypedServiceImplementation;
  /** Tells everyone who watches that the server goes away, and ends the watch. */
  stop(): void;
}

/**
 * The health of the server as a whole (no name) and of each service, in the way that load balancers ask for it. They come and go together.
 * `services`: their full names.
 */
export function createHealthService(services: readonly string[]): HealthService {
  const names = new Set(['', ...services]);
  /** How each watch is ended. */
  const watching = new Set<() => void>();
  let overall: ServingStatus = 'serving';

  function check({ request }: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
    const asked = decodeHealthRequest(request);
    if (!asked.ok) answer({ code: status.INVALID_ARGUMENT, details: asked.error.join('; ') });
    else if (!names.has(asked.value.service)) answer({ code: status.NOT_FOUND, details: 'unknown service' });
    else answer(null, encodeHealthResponse(overall));
  }

  function watch(call: ServerWritableStream<Buffer, Buffer>): void {
    const asked = decodeHealthRequest(call.request);
    const known = asked.ok && names.has(asked.value.service);
    const tell = (): void => {
      call.write(encodeHealthResponse(known ? overall : 'service-unknown'));
    };
    tell();
    const leave = (): void => {
      if (known) tell();
      call.end();
    };
    watching.add(leave);
    call.on('cancelled', () => {
      watching.delete(leave);
    });
  }

  return {
    implementation: { check, watch },
    stop() {
      overall = 'not-serving';
      for (const leave of watching) leave();
    },
  };
}
