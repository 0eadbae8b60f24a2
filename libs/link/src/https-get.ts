// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { err, FairleadError, isAbort, ok, withDeadline, type Clock, type Result } from '@fairlead/base';
import type { Failure } from './failure.ts';

export interface GetRequest {
  /** `host:port`. */
  readonly server: string;
  /** Begins with a slash. */
  readonly path: string;
  /** How the server is judged, and who we say we are. */
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'checkServerIdentity' | 'rejectUnauthorized'>;
  /** More bytes than this are never read. */
  readonly maxBytes: number;
  /** From the first packet to the last byte, in milliseconds. */
  readonly deadlineMs: number;
  /** Ask for what follows this many bytes. */
  readonly from?: number;
}

export interface Answer {
  /** 200; 206 where the server gave only what was asked for; 404. */
  readonly status: 200 | 206 | 404;
  readonly bytes: Uint8Array;
  /** The answer ended before all of it had come: `bytes` is a beginning. */
  readonly cut: boolean;
}

/** One GET over TLS, bounded in size and time. What is around it (no route, cut, refused, slow) is a value. */
export async function httpsGet(
  clock: Clock,
  wanted: GetRequest,
  signal: AbortSignal,
): Promise<Result<Answer, Failure>> {
  try {
    return await withDeadline(clock, wanted.deadlineMs, signal, (inner) => get(wanted, inner));
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const late = isTimeout(thrown);
    return err({
      code: late ? 'timed-out' : 'no-server',
      message: `GET ${wanted.path} from ${wanted.server}: ${late ? `no answer within ${String(wanted.deadlineMs)} ms` : textOf(thrown)}`,
    });
  }
}

function get(wanted: GetRequest, signal: AbortSignal): Promise<Result<Answer, Failure>> {
  return new Promise((resolve, reject) => {
    const { host, port } = splitAddress(wanted.server);
    const outgoing = request(
      {
        ...wanted.tls,
        host,
        port,
        servername: 'fairlead-server',
        path: wanted.path,
        // A connection of its own: what is asked for rarely is not held open between.
        agent: false,
        headers:
          wanted.from === undefined || wanted.from === 0 ? {} : { range: `bytes=${String(wanted.from)}-` },
        signal,
      },
      (incoming) => {
        void readAnswer(wanted, incoming).then(resolve, reject);
      },
    );
    outgoing.once('error', reject);
    outgoing.end();
  });
}

async function readAnswer(wanted: GetRequest, incoming: IncomingMessage): Promise<Result<Answer, Failure>> {
  const status = incoming.statusCode;
  if (status !== 200 && status !== 206 && status !== 404) {
    incoming.destroy();
    return err({
      code: 'no-server',
      message: `GET ${wanted.path} from ${wanted.server}: answer ${String(status)}`,
    });
  }
  const parts: Buffer[] = [];
  let size = 0;
  let cut = false;
  try {
    for await (const part of incoming as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > wanted.maxBytes) {
        return err({
          code: 'endless-data',
          message: `GET ${wanted.path}: more than ${String(wanted.maxBytes)} bytes`,
        });
      }
      parts.push(part);
    }
  } catch (thrown) {
    if (size === 0 || isAbort(thrown)) throw thrown;
    cut = true;
  }
  return ok({ status, bytes: Buffer.concat(parts), cut });
}

/** `host:port`, `[v6]:port`. */
function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    throw new FairleadError({
      code: 'misuse',
      message: `'${address}' is no address; write it like 'host:port'`,
    });
  }
  return { host, port };
}

function isTimeout(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return thrown instanceof FairleadError ? thrown.code === 'timed-out' : isTimeout(thrown.cause);
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
