// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type Code } from '@fairlead/base';

/** What is asked of the local socket: HTTP/1.1 with JSON both ways. */
export interface LocalRequest {
  readonly method: string;
  /** Decoded segments of the path. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  /** Undefined: none was sent. */
  readonly body: unknown;
  /** Aborts when whoever asked is gone. */
  readonly signal: AbortSignal;
}

export interface LocalReply {
  readonly status: number;
  /** Undefined: none. */
  readonly body?: unknown;
}

/** Body of every answer that is not 2xx; `error` is text, as Maestro's clients expect it. */
interface LocalError {
  readonly error: string;
  readonly code: Code;
  readonly hint: string;
}

/** Longest bodies either way, in bytes; how long a request may take to arrive, in milliseconds; how many may be open at once, and how many of them wait for something to happen. */
export const localLimits = {
  request: 64 * 1024,
  answer: 16 * 2 ** 20,
  arriveMs: 10_000,
  connections: 64,
  waits: 32,
} as const;

export function refusal(status: number, code: Code, error: string, hint = codeInfo(code).hint): LocalReply {
  return { status, body: { error, code, hint } satisfies LocalError };
}
