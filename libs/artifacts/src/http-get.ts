// SPDX-License-Identifier: Apache-2.0
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { abortReason, FairleadError } from '@fairlead/base';
import type { IdleWatch } from './idle-watch.ts';

export interface HttpLimits {
  /** From the request to the head of the answer, for each redirect anew, in milliseconds. */
  readonly connectMs: number;
  /** Longest silence within the body, in milliseconds. */
  readonly idleMs: number;
  readonly redirects: number;
}

const redirecting = new Set([301, 302, 303, 307, 308]);

/**
 * GET over http or https, following redirects. The answer's body is not read yet; whoever takes it reads or destroys it.
 * Throws `artifact-unreachable`, or what the watch aborts with.
 */
export async function httpAnswer(
  address: string,
  headers: Readonly<Record<string, string>>,
  limits: HttpLimits,
  watch: IdleWatch,
): Promise<IncomingMessage> {
  let url = parseUrl(address);
  for (let hops = 0; hops <= limits.redirects; hops += 1) {
    watch.expect(limits.connectMs, `answer from ${url.host}`);
    const answer = await request(url, headers, watch.signal);
    if (!redirecting.has(answer.statusCode ?? 0)) return answer;
    answer.destroy();
    const { location } = answer.headers;
    if (location === undefined) throw unreachable(`${url.host} redirects to nowhere`);
    url = parseUrl(location, url);
  }
  throw unreachable(`more than ${String(limits.redirects)} redirects from ${address}`);
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw unreachable(`'${text}' is no http or https URL`);
  }
  return url;
}

function request(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const get = url.protocol === 'https:' ? httpsGet : httpGet;
    // A connection of its own: one that a host closed while it was idle would look like a failure of this download.
    const asked = get(
      url,
      { agent: false, headers: { 'accept-encoding': 'identity', ...headers }, signal },
      resolve,
    );
    asked.on('error', (error) => {
      reject(signal.aborted ? abortReason(signal) : unreachable(`${url.host}: ${error.message}`, error));
    });
  });
}

function unreachable(message: string, cause?: unknown): FairleadError {
  return new FairleadError({ code: 'artifact-unreachable', message, cause });
}
