// SPDX-License-Identifier: Apache-2.0
import { FairleadError, withDeadline, type Clock } from '@fairlead/base';
import { connectionFailure, isLoopback, slow } from '@fairlead/git';
import { request as plainRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { unusable } from './remote-problems.ts';

export interface HttpClientOptions {
  readonly clock: Clock;
  /** A host that sends nothing for so long is given up, in milliseconds. */
  readonly idleMs: number;
}

interface HttpRequest {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent by POST; absent: GET. */
  readonly form?: URLSearchParams;
  /** The whole answer is to be there by then, however steadily it trickles; in milliseconds. */
  readonly maxMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Address for messages, without what somebody wrote before the `@`. */
  readonly shown: string;
  /** The body as sent: nothing is decoded. Rejects where it ends early. */
  readonly chunks: () => AsyncGenerator<Uint8Array>;
}

/**
 * Requests over HTTPS, and in plain text to this machine only. Redirects are followed, never away from HTTPS; what is secret goes to the
 * first host alone. Failures are thrown with the codes of a remote.
 *
 * Not `fetch`: that unpacks what a host sends as gzip, and devices hash what is sent.
 */
export interface HttpClient {
  /** The connection lasts as long as `use`. */
  ask<T>(request: HttpRequest, signal: AbortSignal, use: (answer: HttpAnswer) => Promise<T>): Promise<T>;
}

const maxRedirects = 5;

export function createHttpClient({ clock, idleMs }: HttpClientOptions): HttpClient {
  return {
    async ask(request, signal, use) {
      const over = new AbortController();
      const ended = AbortSignal.any([signal, over.signal]);
      const end = clock.monotonic() + request.maxMs;
      const timely = <T>(work: Promise<T>): Promise<T> =>
        withDeadline(clock, Math.min(idleMs, end - clock.monotonic()), signal, () => work);
      const shown = shownUrl(request.url);
      try {
        const message = await follow(request, (url, headers) =>
          timely(send({ ...request, url, headers }, ended)),
        );
        return await use({
          status: message.statusCode ?? 0,
          headers: message.headers,
          shown,
          async *chunks() {
            const body = message[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, unknown>;
            for (let next = await timely(body.next()); next.done !== true; next = await timely(body.next()))
              yield next.value;
          },
        });
      } catch (thrown) {
        signal.throwIfAborted();
        if (thrown instanceof FairleadError && thrown.code === 'timed-out') throw slow(shown);
        throw connectionFailure(shown, thrown);
      } finally {
        over.abort();
      }
    },
  };
}

type Send = (url: URL, headers: Readonly<Record<string, string>>) => Promise<IncomingMessage>;

async function follow({ url: first, headers = {}, form }: HttpRequest, send: Send): Promise<IncomingMessage> {
  let url = first;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    requireSafe(url);
    const { authorization: _secret, ...open } = headers;
    const message = await send(url, url.origin === first.origin ? headers : open);
    const { location } = message.headers;
    if (![301, 302, 303, 307, 308].includes(message.statusCode ?? 0) || location === undefined)
      return message;
    message.destroy();
    // A form holds what is secret.
    if (form !== undefined) throw unusable(`${shownUrl(first)} leads elsewhere`);
    if (!URL.canParse(location, url.href)) throw unusable(`${shownUrl(first)} leads to what is no address`);
    const next = new URL(location, url);
    if (next.protocol !== 'https:' && url.protocol === 'https:')
      throw unusable(`${shownUrl(first)} leads away from HTTPS`);
    url = next;
  }
  throw unusable(`${shownUrl(first)} leads from one address to the next`);
}

/** Whoever sits between would say what is locked, once and for all. */
function requireSafe(url: URL): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isThisMachine(url.hostname))) return;
  throw new FairleadError({
    code: 'remote-untrusted',
    message: `${shownUrl(url)}: whoever answers in plain text does not prove who it is`,
    hint: 'Use https://, or pin it where it is named: checksum (SHA-256) and size.',
  });
}

export function isThisMachine(hostname: string): boolean {
  return isLoopback(hostname) || hostname === 'localhost';
}

function send({ url, headers, form }: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? secureRequest : plainRequest;
  const formHeaders = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  return new Promise((resolve, reject) => {
    request(
      url,
      {
        method: form === undefined ? 'GET' : 'POST',
        headers: { 'user-agent': 'fairlead', 'accept-encoding': 'identity', ...formHeaders, ...headers },
        signal,
      },
      resolve,
    )
      .on('error', reject)
      .end(form?.toString());
  });
}

function shownUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

/** The whole body of an answer that is small; refused beyond `maxBytes`. */
export async function bodyOf({ chunks, shown }: HttpAnswer, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let taken = 0;
  for await (const chunk of chunks()) {
    taken += chunk.length;
    if (taken > maxBytes) throw unusable(`${shown} sends more than ${String(maxBytes)} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}
