// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isCode, raceAbort, type Result } from '@fairlead/base';
import { judgeServer } from '@fairlead/identity';
import { codeKey, type BytesMethod } from '@fairlead/wire';
import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import type { Operator } from './operator-flags.ts';

/** No answer is waited for longer than this, in milliseconds. */
const patience = 15_000;

/** One connection to a server, as an operator. */
export interface OperatorChannel {
  /** Throws what the server refused by its code, else `no-server`, or `unsupported` for an answer that cannot be read. */
  call<Answer>(
    method: BytesMethod,
    request: Buffer,
    decode: (bytes: Uint8Array) => Result<Answer, readonly string[]>,
  ): Promise<Answer>;
  close(): void;
}

export function openOperatorChannel({ server, identity }: Operator, signal: AbortSignal): OperatorChannel {
  const client = new Client(
    server,
    credentials.createSsl(identity.ca, identity.key, identity.certificate, {
      // The server is known by the identity in its certificate, whatever its address.
      checkServerIdentity: (_host, certificate) => judgeServer(identity.fleet)(server, certificate),
    }),
    { 'grpc.ssl_target_name_override': 'fairlead-server', 'grpc.enable_channelz': 0 },
  );
  return {
    async call(method, request, decode) {
      const answer = decode(await raceAbort(callOnce(client, server, method, request), signal));
      if (answer.ok) return answer.value;
      throw new FairleadError({
        code: 'unsupported',
        message: `the server's answer cannot be read: ${answer.error.join('; ')}`,
      });
    },
    close: () => {
      client.close();
    },
  };
}

function callOnce(
  client: Client,
  server: string,
  { path, requestSerialize, responseDeserialize }: BytesMethod,
  request: Buffer,
): Promise<Buffer> {
  const deadline = new Date(Date.now() + patience);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
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
  const [said] = error?.metadata.get(codeKey) ?? [];
  if (typeof said === 'string' && isCode(said))
    return new FairleadError({ code: said, message: error?.details ?? '', cause: error });
  const refused = error?.code === status.PERMISSION_DENIED || error?.code === status.UNAUTHENTICATED;
  return new FairleadError({
    code: refused ? 'not-permitted' : 'no-server',
    message: `${server}: ${error === null ? 'no answer' : reasonOf(error)}`,
    cause: error,
  });
}
