// SPDX-License-Identifier: Apache-2.0
import { Client, credentials, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import type { KeyPair } from '@fairlead/identity/authority';
import { waitFor } from '@fairlead/testing';
import {
  agentService,
  decodeFromServer,
  encodeFromAgent,
  PROTOCOL,
  type FromAgent,
  type BytesMethod,
  type FromServer,
  type Hello,
} from '@fairlead/wire';
import { onTestFinished } from 'vitest';
import type { TestGateway } from './gateway.fixture.ts';

export function helloOf(change: Partial<Hello> = {}): Hello {
  return {
    kind: 'hello',
    agentVersion: '1.0.0',
    protocol: PROTOCOL,
    bootId: 'boot-1',
    architecture: 'x64',
    targetFormats: [1],
    capabilities: ['jobs'],
    held: { root: 1, timestamp: 0, snapshot: 0, targets: 0, counter: 0 },
    revision: null,
    target: null,
    receipts: { instance: 'instance-1', seq: 0, hash: null },
    deviceTime: Date.now(),
    runId: 'run-1',
    timestampFile: Buffer.alloc(0),
    snapshotFile: Buffer.alloc(0),
    ...change,
  };
}

/** A channel with this certificate, or none. Closed with the test. */
export function openClient(at: Pick<TestGateway, 'address'>, ca: string, pair: KeyPair | null): Client {
  const channel = credentials.createSsl(
    Buffer.from(ca),
    pair === null ? null : Buffer.from(pair.key),
    pair === null ? null : Buffer.from(pair.certificate),
  );
  const client = new Client(at.address, channel, {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.ssl_target_name_override': 'localhost',
    'grpc.enable_retries': 0,
  });
  onTestFinished(() => {
    client.close();
  });
  return client;
}

/** One stream as a device has it, taking whatever comes. */
export interface TestDevice {
  readonly messages: readonly FromServer[];
  say(message: FromAgent): void;
  /** Bytes that are no message. */
  sayBytes(bytes: Buffer): void;
  /** The nth message of this kind, once it is there. */
  message<K extends FromServer['kind']>(kind: K, nth?: number): Promise<Extract<FromServer, { kind: K }>>;
  kinds(): readonly string[];
  /** Takes nothing from now on, until the second call. */
  pause(): void;
  resume(): void;
  hangUp(): void;
  /** How the stream ended. */
  readonly ended: Promise<ServiceError | null>;
}

export function openStream(client: Client): TestDevice {
  const { path, requestSerialize, responseDeserialize } = agentService.connect;
  const call: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
  );
  const messages: FromServer[] = [];
  const ended = new Promise<ServiceError | null>((resolve) => {
    call.on('error', (error: ServiceError) => {
      resolve(error);
    });
    call.on('end', () => {
      resolve(null);
    });
  });
  call.on('data', (frame: Buffer) => {
    const message = decodeFromServer(frame);
    if (!message.ok) throw new Error(message.error.join('; '));
    if (message.value.kind !== 'unknown') messages.push(message.value);
  });
  return {
    messages,
    say: (message) => {
      call.write(encodeFromAgent(message));
    },
    sayBytes: (bytes) => {
      call.write(bytes);
    },
    message: (kind, nth = 0) =>
      waitFor(() => messages.filter((message) => message.kind === kind)[nth] as never, {
        what: `${kind} number ${nth}`,
      }),
    kinds: () => messages.map((message) => message.kind),
    pause: () => {
      call.pause();
    },
    resume: () => {
      call.resume();
    },
    hangUp: () => {
      call.cancel();
    },
    ended,
  };
}

/** Connects a device and says hello. */
export async function connectDevice(
  at: TestGateway,
  id: string,
  hello: Partial<Hello> = {},
  pair?: KeyPair,
): Promise<TestDevice & { readonly pair: KeyPair }> {
  const own = pair ?? (await at.authority.device(id));
  const device = openStream(openClient(at, at.authority.ca, own));
  device.say(helloOf(hello));
  return Object.assign(device, { pair: own });
}

interface Answer {
  readonly error: ServiceError | null;
  readonly value: Buffer | undefined;
}

/** One unary call with this certificate, or none. */
export function callUnary(
  at: Pick<TestGateway, 'address' | 'authority'>,
  pair: KeyPair | null,
  { path, requestSerialize, responseDeserialize }: BytesMethod,
  request: Buffer = Buffer.alloc(0),
): Promise<Answer> {
  return new Promise((resolve) => {
    openClient(at, at.authority.ca, pair).makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      (error, value) => {
        resolve({ error, value });
      },
    );
  });
}
