// SPDX-License-Identifier: Apache-2.0
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { errnoOf, FairleadError, isAbort } from '@fairlead/base';

/** An answer of the engine. */
export interface EngineAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Parsed; null where there was no body. */
  readonly body: unknown;
}

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Names and references are escaped by whoever makes it. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Longest silence, in milliseconds; 0: without end, as of a stream of events. */
  readonly silenceMs: number;
}

/**
 * The Docker Engine API over its socket. Throws `engine-unreachable` where nobody answers. What the API's own client packages add
 * (SSH, TLS, BuildKit) a device has no use for, and it would cost it more memory than all of the agent's jobs.
 */
export interface EngineSocket {
  ask(request: EngineRequest): Promise<EngineAnswer>;
  /** The answer's body as it comes. A refusal is thrown, as by `accepted`. */
  stream(request: EngineRequest): AsyncIterable<Buffer>;
}

export function createEngineSocket(path: string): EngineSocket {
  const unreachable = (cause: unknown): Error => {
    if (cause instanceof Error && isAbort(cause)) return cause;
    const why = errnoOf(cause) ?? FairleadError.from(cause).message;
    return new FairleadError({
      code: 'engine-unreachable',
      message: `the container engine does not answer at ${path} (${why})`,
      cause,
    });
  };
  const open = ({ method, path: to, body, headers, signal, silenceMs }: EngineRequest) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const content = body === undefined ? undefined : JSON.stringify(body);
      const request = httpRequest({
        socketPath: path,
        // A connection that is kept may be to an engine that is gone.
        agent: false,
        method,
        path: to,
        signal,
        headers: {
          host: 'engine',
          ...(content !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(content),
          }),
          ...headers,
        },
      });
      if (silenceMs > 0)
        request.setTimeout(silenceMs, () => request.destroy(new Error(`silent for ${String(silenceMs)} ms`)));
      request.once('response', resolve).once('error', (error) => {
        reject(unreachable(error));
      });
      request.end(content);
    });
  const chunks = async function* (response: IncomingMessage): AsyncGenerator<Buffer> {
    try {
      yield* response as AsyncIterable<Buffer>;
    } catch (thrown) {
      throw unreachable(thrown);
    }
  };
  return {
    async ask(request) {
      const response = await open(request);
      const parts: Buffer[] = [];
      for await (const part of chunks(response)) parts.push(part);
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: parsed(Buffer.concat(parts)),
      };
    },
    async *stream(request) {
      const response = await open(request);
      const status = response.statusCode ?? 0;
      if (status < 300) {
        yield* chunks(response);
        return;
      }
      const parts: Buffer[] = [];
      for await (const part of chunks(response)) parts.push(part);
      throw refusal(`${request.method} ${request.path}`, { status, body: parsed(Buffer.concat(parts)) });
    },
  };
}

function parsed(bytes: Buffer): unknown {
  if (bytes.length === 0) return null;
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return bytes.toString('utf8');
  }
}

/** The body of an answer that is no refusal; a refusal is thrown: `engine-refused` for what was asked, `engine-failed` for the engine's own trouble. */
export function accepted(what: string, answer: EngineAnswer): unknown {
  if (answer.status >= 400) throw refusal(what, answer);
  return answer.body;
}

function refusal(what: string, answer: Pick<EngineAnswer, 'status' | 'body'>): FairleadError {
  return new FairleadError({
    code: answer.status < 500 ? 'engine-refused' : 'engine-failed',
    message: `${what}: ${reasonOf(answer)}`,
    details: { status: answer.status },
  });
}

/** Docker says it in `message`; podman too, with a `cause` beside that says less. */
function reasonOf({ status, body }: Pick<EngineAnswer, 'status' | 'body'>): string {
  const said = typeof body === 'object' && body !== null && 'message' in body ? body.message : body;
  return typeof said === 'string' && said.trim() !== '' ? said.trim() : `HTTP ${String(status)}`;
}
