// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import {
  decodeApproveResponse,
  decodeEnrolmentsPage,
  decodeRevokeResponse,
  decodeStatusPage,
  encodeApproveRequest,
  encodeEnrolmentsRequest,
  encodeRevokeRequest,
  encodeStatusRequest,
  operatorService,
  type ApproveRequest,
  type DeviceEnrolment,
  type FleetDeviceStatus,
  type FleetHead,
  type FleetProblem,
} from '@fairlead/wire';
import { openOperatorChannel, type OperatorChannel } from './operator-call.ts';
import type { Operator } from './operator-flags.ts';

export interface FleetStatus {
  readonly head: FleetHead;
  readonly devices: readonly FleetDeviceStatus[];
  readonly problems: readonly FleetProblem[];
}

/** Asks the server for the status of every device, page by page. */
export function fetchStatus(operator: Operator, signal: AbortSignal): Promise<FleetStatus> {
  return withChannel(operator, signal, async (channel) => {
    const devices: FleetDeviceStatus[] = [];
    for (let after: string | null = null; ;) {
      const request = encodeStatusRequest({ after });
      const page = await channel.call(operatorService.getStatus, request, decodeStatusPage);
      devices.push(...page.devices);
      const { head, problems, next } = page;
      if (next === null) return { head, problems, devices };
      after = next;
    }
  });
}

/** Devices that wait to be taken in, or have a certificate. */
export function fetchEnrolments(
  operator: Operator,
  signal: AbortSignal,
): Promise<readonly DeviceEnrolment[]> {
  return withChannel(operator, signal, async (channel) => {
    const devices: DeviceEnrolment[] = [];
    for (let after: string | null = null; ;) {
      const request = encodeEnrolmentsRequest({ after });
      const page = await channel.call(operatorService.listEnrolments, request, decodeEnrolmentsPage);
      devices.push(...page.devices);
      if (page.next === null) return devices;
      after = page.next;
    }
  });
}

/** The fingerprint of the key that was taken in. */
export function approveEnrolment(
  operator: Operator,
  request: ApproveRequest,
  signal: AbortSignal,
): Promise<{ readonly key: Digest }> {
  return withChannel(operator, signal, (channel) =>
    channel.call(operatorService.approveEnrolment, encodeApproveRequest(request), decodeApproveResponse),
  );
}

/** The fingerprint of the newest certificate that counts no more. */
export function revokeDevice(
  operator: Operator,
  device: string,
  signal: AbortSignal,
): Promise<{ readonly fingerprint: Digest }> {
  return withChannel(operator, signal, (channel) =>
    channel.call(operatorService.revokeDevice, encodeRevokeRequest({ device }), decodeRevokeResponse),
  );
}

async function withChannel<T>(
  operator: Operator,
  signal: AbortSignal,
  ask: (channel: OperatorChannel) => Promise<T>,
): Promise<T> {
  const channel = openOperatorChannel(operator, signal);
  try {
    return await ask(channel);
  } finally {
    channel.close();
  }
}
