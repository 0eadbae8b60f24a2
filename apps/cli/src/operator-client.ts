// SPDX-License-Identifier: Apache-2.0
import { FairleadError, raceAbort } from '@fairlead/base';
import { judgeServer } from '@fairlead/identity';
import {
  decodeStatusPage,
  encodeStatusRequest,
  operatorService,
  type FleetDeviceStatus,
  type FleetHead,
  type FleetProblem,
} from '@fairlead/wire';
import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import type { OperatorIdentity } from './operator-identity.ts';

export interface FleetStatus {
  readonly head: FleetHead;
  readonly devices: readonly FleetDeviceStatus[];
  readonly problems: readonly FleetProblem[];
}

/** No answer is waited for longer than this, in milliseconds. */
const patience = 15_000;

/** Asks the server for the status of every device, page by page. */
export async function fetchStatus(
  server: string,
  identity: OperatorIdentity,
  signal: AbortSignal,
): Promise<FleetStatus> {
  const client = new Client(
    server,
    credentials.createSsl(identity.ca, identity.key, identity.certificate, {
      // The server is known by the identity in its certificate, whatever its address.
      checkServerIdentity: (_host, certificate) => judgeServer(identity.fleet)(server, certificate),
    }),
    { 'grpc.ssl_target_name_override': 'fairlead-server', 'grpc.enable_channelz': 0 },
  );
  try {
    const devices: FleetDeviceStatus[] = [];
    for (let after: string | null = null; ;) {
      const page = decodeStatusPage(await raceAbort(getStatus(client, server, after), signal));
      if (!page.ok)
        throw new FairleadError({
          code: 'unsupported',
          message: `the server's answer cannot be read: ${page.error.join('; ')}`,
        });
      devices.push(...page.value.devices);
      const { head, problems, next } = page.value;
      if (next === null) return { head, problems, devices };
      after = next;
    }
  } finally {
    client.close();
  }
}

function getStatus(client: Client, server: string, after: string | null): Promise<Buffer> {
  const { path, requestSerialize, responseDeserialize } = operatorService.getStatus;
  const deadline = new Date(Date.now() + patience);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      encodeStatusRequest({ after }),
      { deadline },
      (error, answer) => {
        if (answer === undefined) reject(asFairleadError(server, error));
        else resolve(answer);
      },
    );
  });
}

/** What the library says, without its frame around it. */
function reasonOf({ code, details }: ServiceError): string {
  if (code === status.DEADLINE_EXCEEDED) return `no answer within ${String(patience / 1_000)} s`;
  if (details.startsWith('Name resolution failed')) return 'the name cannot be resolved';
  return /Last error: (?:Error: )?(.*?)\.? Resolution note:/s.exec(details)?.[1] ?? details;
}

function asFairleadError(server: string, error: ServiceError | null): FairleadError {
  const refused = error?.code === status.PERMISSION_DENIED || error?.code === status.UNAUTHENTICATED;
  return new FairleadError({
    code: refused ? 'not-permitted' : 'no-server',
    message: `${server}: ${error === null ? 'no answer' : reasonOf(error)}`,
    cause: error,
  });
}
