// SPDX-License-Identifier: Apache-2.0
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { waitFor } from '@fairlead/testing';
import {
  agentService,
  decodeEnrollRequest,
  decodeFromAgent,
  decodeRenewRequest,
  encodeEnrollResponse,
  encodeFromServer,
  enrollmentService,
  retryAfterKey,
  type EnrollRequest,
  type EnrollResponse,
  type FromAgent,
  type FromServer,
  type Hello,
  type RenewRequest,
  type Welcome,
} from '@fairlead/wire';
import { onTestFinished } from 'vitest';
import { alpha, type TestFleet } from './test-fleet.fixture.ts';

export const welcome: Welcome = {
  kind: 'welcome',
  limits: { messageBytes: 262_144, openReceipts: 16, statusIntervalMs: 0 },
  newestRoot: 1,
  log: null,
  serverTime: 0,
};

/** One stream as the server sees it. */
export interface ScriptedStream {
  readonly hello: Hello;
  readonly received: readonly FromAgent[];
  /** URI of the device's certificate. */
  readonly peer: string;
  send(message: FromServer): void;
  /** Cuts it as a broken network would. */
  cut(): void;
  /** The nth message of this kind, once it is there. */
  message<K extends FromAgent['kind']>(kind: K, nth?: number): Promise<Extract<FromAgent, { kind: K }>>;
}

/** A certificate, alone as older servers answer; or a refusal. */
type EnrollAnswer = string | EnrollResponse | { readonly code: string; readonly retryAfterMs?: number };

/** What the scripted server does, to be changed while it runs. */
export interface Script {
  trust: unknown;
  onEnroll: (request: EnrollRequest) => Promise<EnrollAnswer>;
  /** `peer`: URI of the certificate that the connection shows. */
  onRenew: (request: RenewRequest, peer: string) => Promise<EnrollAnswer>;
  /** Answer to a Hello; null: nothing. */
  onHello: (hello: Hello) => FromServer | null;
  /** Code with which streams are refused; null: they are taken. */
  refusal: () => string | null;
  /** What else is asked for over HTTPS. */
  onGet: (request: IncomingMessage, response: ServerResponse) => void;
}

/** A server that does what a test says, over real TLS with real certificates, on one port as the real one. */
export async function startScriptedServer(
  fleet: TestFleet,
  pair?: { readonly key: string; readonly certificate: string },
) {
  const streams: ScriptedStream[] = [];
  const sockets = new Map<string, TLSSocket>();
  const gets: string[] = [];
  const script: Script = {
    trust: { roots: [Buffer.from(fleet.root).toString()], ca: [fleet.authority.certificate] },
    onEnroll: async ({ csr }) => {
      const issued = await fleet.authority.issueDevice({
        csr,
        fleet: fleet.fleet,
        device: alpha,
        now: fleet.now,
      });
      return issued.ok ? issued.value.certificate : { code: 'invalid-input' };
    },
    onRenew: async () => ({ code: 'internal' }),
    onHello: () => welcome,
    refusal: () => null,
    onGet: (_request, response) => {
      response.writeHead(404).end();
    },
  };

  const grpc = new Server();
  grpc.addService(
    { ...agentService, ...enrollmentService },
    {
      connect: (call: ServerDuplexStream<Buffer, Buffer>) => {
        const refusal = script.refusal();
        if (refusal !== null) {
          const metadata = new Metadata();
          metadata.set('fairlead-code', refusal);
          call.emit('error', { code: status.UNAUTHENTICATED, details: `refused: ${refusal}`, metadata });
          return;
        }
        serveStream(call, script, streams, () => sockets.get(call.getPeer())?.destroy());
      },
      enroll: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
        void serveEnroll(call, done, script);
      },
      renew: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
        void serveRenew(call, done, script);
      },
    },
  );
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const http = createHttpServer((request, response) => {
    gets.push(request.url ?? '');
    if (request.url === '/v1/trust') response.end(JSON.stringify(script.trust));
    else script.onGet(request, response);
  });
  const { key, certificate } = pair ?? (await fleet.serverPair());
  const tls = createTlsServer(
    {
      key,
      cert: certificate,
      ca: fleet.authority.certificate,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2', 'http/1.1'],
    },
    (socket) => {
      sockets.set(`${socket.remoteAddress}:${socket.remotePort}`, socket);
      socket.on('error', () => undefined);
      if (socket.alpnProtocol === 'h2') injector.injectConnection(socket);
      else http.emit('connection', socket);
    },
  );
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  const { port } = tls.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    grpc.forceShutdown();
    for (const socket of sockets.values()) socket.destroy();
    await new Promise((resolve) => tls.close(resolve));
  };
  onTestFinished(() => stop());
  return {
    address: `127.0.0.1:${port}`,
    script,
    streams,
    gets,
    stop,
    /** The nth stream, once its Hello is there. */
    stream: (nth = 0) => waitFor(() => streams[nth], { what: `stream ${nth}` }),
  };
}

function serveStream(
  call: ServerDuplexStream<Buffer, Buffer>,
  script: Script,
  streams: ScriptedStream[],
  cut: () => void,
): void {
  const received: FromAgent[] = [];
  const send = (message: FromServer): void => {
    call.write(encodeFromServer(message));
  };
  call.on('error', () => undefined);
  call.on('data', (bytes: Buffer) => {
    const message = decodeFromAgent(bytes);
    if (!message.ok || message.value.kind === 'unknown')
      throw new Error(`the device sent: ${JSON.stringify(message)}`);
    received.push(message.value);
    if (message.value.kind !== 'hello') return;
    streams.push({
      hello: message.value,
      received,
      peer: call.getAuthContext().sslPeerCertificate?.subjectaltname ?? '',
      send,
      cut,
      message: (kind, nth = 0) =>
        waitFor(
          () =>
            received.filter((item) => item.kind === kind)[nth] as
              Extract<FromAgent, { kind: typeof kind }> | undefined,
          { what: `${kind} ${nth}` },
        ),
    });
    const answer = script.onHello(message.value);
    if (answer !== null) send(answer);
    if (answer?.kind === 'goodbye') call.end();
  });
}

async function serveEnroll(
  call: ServerUnaryCall<Buffer, Buffer>,
  done: sendUnaryData<Buffer>,
  script: Script,
): Promise<void> {
  const request = decodeEnrollRequest(call.request);
  if (!request.ok) throw new Error(request.error.join('; '));
  answerWith(done, await script.onEnroll(request.value));
}

async function serveRenew(
  call: ServerUnaryCall<Buffer, Buffer>,
  done: sendUnaryData<Buffer>,
  script: Script,
): Promise<void> {
  const request = decodeRenewRequest(call.request);
  if (!request.ok) throw new Error(request.error.join('; '));
  const peer = call.getAuthContext().sslPeerCertificate?.subjectaltname ?? '';
  answerWith(done, await script.onRenew(request.value, peer));
}

function answerWith(done: sendUnaryData<Buffer>, answer: EnrollAnswer): void {
  if (typeof answer === 'string') done(null, encodeEnrollResponse({ certificate: answer }));
  else if ('certificate' in answer) done(null, encodeEnrollResponse(answer));
  else {
    const metadata = new Metadata();
    metadata.set('fairlead-code', answer.code);
    if (answer.retryAfterMs !== undefined) metadata.set(retryAfterKey, String(answer.retryAfterMs));
    done({ code: status.FAILED_PRECONDITION, details: `refused: ${answer.code}`, metadata });
  }
}
