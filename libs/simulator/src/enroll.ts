// SPDX-License-Identifier: Apache-2.0
import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import {
  err,
  FairleadError,
  fullJitter,
  isCode,
  ok,
  type Clock,
  type Code,
  type Result,
} from '@fairlead/base';
import { judgeServer } from '@fairlead/identity';
import { createCsr, createDeviceKey } from '@fairlead/identity/device';
import { codeKey, decodeEnrollResponse, encodeEnrollRequest, enrollmentService } from '@fairlead/wire';
import { randomUUID } from 'node:crypto';
import { serverName } from './address.ts';
import type { FleetAnchor, SimulatedIdentity } from './identity.ts';

export interface EnrollOptions {
  /** `host:port`. */
  readonly server: string;
  readonly anchor: FleetAnchor;
  readonly devices: readonly string[];
  /** A token that admits this device. */
  readonly tokenFor: (device: string) => string;
  /** Called with each as soon as it has its certificate. */
  readonly onEnrolled: (identity: SimulatedIdentity) => void;
}

export interface EnrollPorts {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Enrolments under way at once: what waits together shares a commit of the log. */
const together = 100;
/** Between attempts while the server admits no more, or is not there, in milliseconds. */
const pauses = { baseMs: 500, capMs: 10_000 } as const;

/**
 * Enrols devices as an agent does: a key of its own, a signing request, a token; the server records each. It admits some tens a
 * second, so that thousands take minutes. Throws what the server refuses with.
 */
export async function enrollIdentities(
  options: EnrollOptions,
  { clock, random }: EnrollPorts,
  signal: AbortSignal,
): Promise<void> {
  const { anchor, devices, tokenFor, onEnrolled } = options;
  const client = openClient(options.server, anchor);
  let next = 0;
  const enrollOne = async (device: string): Promise<void> => {
    const key = createDeviceKey();
    const request = encodeEnrollRequest({ token: tokenFor(device), csr: createCsr(key, device) });
    for (let attempt = 0; ; attempt += 1) {
      const answer = await ask(client, request);
      if (answer.ok) {
        onEnrolled({ device, instance: randomUUID(), key, certificate: certificateOf(answer.value) });
        return;
      }
      if (!isPassing(answer.error)) throw refusalOf(device, answer.error);
      await clock.sleep(fullJitter(attempt, { ...pauses, random }), signal);
    }
  };
  const work = async (): Promise<void> => {
    for (let device = devices[next]; device !== undefined; device = devices[next]) {
      next += 1;
      await enrollOne(device);
      signal.throwIfAborted();
    }
  };
  try {
    await Promise.all(Array.from({ length: together }, work));
  } finally {
    client.close();
  }
}

function openClient(server: string, anchor: FleetAnchor): Client {
  const channel = credentials.createSsl(Buffer.from(anchor.ca.join('')), null, null, {
    checkServerIdentity: judgeServer(anchor.fleet),
  });
  return new Client(server, channel, {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    'grpc.ssl_target_name_override': serverName,
  });
}

function ask(client: Client, request: Buffer): Promise<Result<Buffer, ServiceError>> {
  const { path, requestSerialize, responseDeserialize } = enrollmentService.enroll;
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, answer) => {
      resolve(error === null ? ok(answer ?? Buffer.alloc(0)) : err(error));
    });
  });
}

function certificateOf(answer: Buffer): string {
  const response = decodeEnrollResponse(answer);
  if (response.ok) return response.value.certificate;
  throw new FairleadError({
    code: 'no-server',
    message: `the answer to Enroll: ${response.error.join('; ')}`,
  });
}

function isPassing({ code }: ServiceError): boolean {
  return code === status.RESOURCE_EXHAUSTED || code === status.UNAVAILABLE;
}

function refusalOf(device: string, error: ServiceError): FairleadError {
  const [said] = error.metadata.get(codeKey);
  const code: Code = typeof said === 'string' && isCode(said) ? said : 'no-server';
  return new FairleadError({ code, message: `${device}: ${error.details}` });
}
