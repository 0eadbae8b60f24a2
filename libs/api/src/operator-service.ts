// SPDX-License-Identifier: Apache-2.0
import { status, type handleServerStreamingCall, type handleUnaryCall } from '@grpc/grpc-js';
import { compareBytes } from '@fairlead/base';
import {
  decodeStatusRequest,
  encodeStatusPage,
  encodeStatusPart,
  operatorService,
  wireLimits,
  type FleetDeviceStatus,
  type FleetProblem,
} from '@fairlead/wire';
import { createEnrolmentHandlers } from './enrolment-handlers.ts';
import type { EnrolmentSource, StatusSource } from './ports.ts';
import { watchStatus } from './watch-status.ts';

export interface OperatorServiceHandlers {
  readonly definition: typeof operatorService;
  readonly implementation: {
    readonly getStatus: handleUnaryCall<Buffer, Buffer>;
    readonly watchStatus: handleServerStreamingCall<Buffer, Buffer>;
    readonly listEnrolments: handleUnaryCall<Buffer, Buffer>;
    readonly approveEnrolment: handleUnaryCall<Buffer, Buffer>;
    readonly revokeDevice: handleUnaryCall<Buffer, Buffer>;
  };
}

/** OperatorService over what is known of the fleet and of its identities. Who may call it is for the gateway to say. */
export function createOperatorService(
  source: StatusSource,
  enrolments: EnrolmentSource,
  /** What keeps the server from doing its whole work now. */
  problems: () => readonly FleetProblem[],
): OperatorServiceHandlers {
  return {
    definition: operatorService,
    implementation: {
      ...createEnrolmentHandlers(enrolments),
      getStatus(call, answer) {
        const request = decodeStatusRequest(call.request);
        if (!request.ok) {
          answer({ code: status.INVALID_ARGUMENT, details: request.error.join('; ') });
          return;
        }
        const ids = source.ids();
        const start = placeAfter(ids, request.value.after);
        const page = ids.slice(start, start + wireLimits.devicesPerPart);
        const next = start + page.length < ids.length ? (page.at(-1) ?? null) : null;
        answer(
          null,
          encodeStatusPage({
            head: source.head(),
            problems: problems(),
            devices: page.map((id) => source.device(id)).filter(isKnown),
            next,
          }),
        );
      },
      watchStatus(call) {
        const stop = watchStatus(source, (part, done) => {
          call.write(encodeStatusPart(part), () => {
            done();
          });
        });
        call.once('cancelled', stop);
        call.once('close', stop);
      },
    },
  };
}

/** Where the ids begin that come after this one, which itself may have left meanwhile. */
function placeAfter(ids: readonly string[], after: string | null): number {
  let [low, high] = [0, after === null ? 0 : ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(ids[middle] ?? '', after ?? '') > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

function isKnown(device: FleetDeviceStatus | undefined): device is FleetDeviceStatus {
  return device !== undefined;
}
