// SPDX-License-Identifier: Apache-2.0
import { FairleadError, withDeadline, type Clock } from '@fairlead/base';
import type { GitCredentials } from './git-credentials.ts';
import { unusable } from './pkt-line.ts';
import { connectionFailure, slow } from './remote-failure.ts';

type GitService = 'git-upload-pack' | 'git-receive-pack';

export interface GitHttpOptions {
  /** Of the repository, without a password. */
  readonly url: string;
  readonly credentials: (url: URL) => Promise<GitCredentials | undefined>;
  readonly clock: Clock;
  /** A remote that sends nothing for so long is given up, in milliseconds. */
  readonly idleMs: number;
}

interface GitRequest {
  readonly service: GitService;
  readonly protocol?: 'version=2';
  /** Absent: the advertisement is asked for. */
  readonly body?: Uint8Array;
  /** More than this is not taken, in bytes. */
  readonly maxBytes: number;
  /** The whole answer is to be there by then, however steadily it trickles; in milliseconds. */
  readonly maxMs: number;
}

/** Requests of Git's smart HTTP protocol. Failures are thrown with the codes of a remote. */
export interface GitHttp {
  ask(request: GitRequest, signal: AbortSignal): AsyncGenerator<Uint8Array>;
}

const maxRedirects = 5;

export function createGitHttp({ url, credentials, clock, idleMs }: GitHttpOptions): GitHttp {
  const shown = shownUrl(url);
  /** Where the last advertisement came from, after redirects: that is where the service is, too. */
  let base = new URL(url.replace(/\/+$/, ''));

  async function send(request: GitRequest, signal: AbortSignal): Promise<Response> {
    if (request.body !== undefined) return sendTo(`${base.href}/${request.service}`, request, signal);
    let at = `${url.replace(/\/+$/, '')}/info/refs?service=${request.service}`;
    for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
      const response = await sendTo(at, request, signal);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) {
        const found = new URL(at);
        found.search = '';
        found.pathname = found.pathname.replace(/\/info\/refs$/, '');
        base = found;
        return response;
      }
      await response.body?.cancel();
      const next = new URL(location, at);
      if (next.protocol !== 'https:' && next.protocol !== new URL(at).protocol)
        throw unusable(`${shown} leads away from HTTPS`);
      at = next.href;
    }
    throw unusable(`${shown} leads from one address to the next`);
  }

  async function sendTo(at: string, request: GitRequest, signal: AbortSignal): Promise<Response> {
    const { service, protocol, body } = request;
    const target = new URL(at);
    const known = await credentials(target);
    target.username = '';
    target.password = '';
    const headers = new Headers({ 'user-agent': 'git/fairlead', 'cache-control': 'no-cache' });
    if (protocol !== undefined) headers.set('git-protocol', protocol);
    if (known !== undefined) {
      const secret = Buffer.from(`${known.user}:${known.password}`, 'utf8').toString('base64');
      headers.set('authorization', `Basic ${secret}`);
    }
    if (body === undefined) return fetch(target, { headers, signal, redirect: 'manual' });
    headers.set('content-type', `application/x-${service}-request`);
    headers.set('accept', `application/x-${service}-result`);
    return fetch(target, { method: 'POST', headers, body: Buffer.from(body), signal, redirect: 'manual' });
  }

  /** Refused unless it is an answer of the Git protocol. */
  async function checked(response: Response, { service, body }: GitRequest): Promise<Response> {
    const { status } = response;
    const kind = body === undefined ? 'advertisement' : 'result';
    const type = response.headers.get('content-type') ?? '';
    if (status === 200 && type.startsWith(`application/x-${service}-${kind}`)) return response;
    await response.body?.cancel().catch(() => undefined);
    throw refusal(shown, service, status);
  }

  return {
    async *ask(request, signal) {
      const over = new AbortController();
      const ended = AbortSignal.any([signal, over.signal]);
      const end = clock.monotonic() + request.maxMs;
      const timely = <T>(work: Promise<T>): Promise<T> =>
        withDeadline(clock, Math.min(idleMs, end - clock.monotonic()), signal, () => work);
      try {
        const response = await checked(await timely(send(request, ended)), request);
        let taken = 0;
        const body: AsyncIterator<Uint8Array, unknown> | undefined = response.body?.[Symbol.asyncIterator]();
        for (;;) {
          const next = await timely(
            body?.next() ?? Promise.resolve({ done: true as const, value: undefined }),
          );
          if (next.done === true) return;
          taken += next.value.length;
          if (taken > request.maxBytes)
            throw unusable(`${shown} sends more than ${String(request.maxBytes)} bytes`);
          yield next.value;
        }
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

/** For messages: never with what somebody wrote before the `@`. */
function shownUrl(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

function refusal(shown: string, service: GitService, status: number): FairleadError {
  const writing = service === 'git-receive-pack';
  switch (status) {
    case 200:
      return unusable(`${shown} answers, but not as a Git repository does`);
    case 401:
    case 403:
      return new FairleadError({
        code: writing ? 'push-refused' : 'credentials-refused',
        message: `${shown} answered ${String(status)} to ${writing ? 'writing' : 'reading'}`,
      });
    case 404:
    case 410:
      return new FairleadError({
        code: 'repository-missing',
        message: `${shown} answered ${String(status)}: there is no repository, or not for these credentials`,
        hint: 'Check the address, and --git-credentials-file: many forges hide what one may not see.',
      });
    default:
      return new FairleadError({
        code: status >= 500 || status === 429 || status === 408 ? 'remote-unreachable' : 'remote-unusable',
        message: `${shown} answered ${String(status)}`,
      });
  }
}
