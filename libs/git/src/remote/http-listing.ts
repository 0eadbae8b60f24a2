// SPDX-License-Identifier: Apache-2.0
import type { GitHttp } from './git-http.ts';
import { readAdvertisement, readRefLines, type Advertisement } from './listing.ts';
import { delimiterPacket, flushPacket, linePacket, readPackets } from './pkt-line.ts';

/** No list of references is larger, in bytes, or takes longer, in milliseconds. */
export const listingLimits = { maxBytes: 64 * 2 ** 20, maxMs: 120_000 } as const;

export interface HttpListing {
  /** How to ask this remote. */
  readonly host: Pick<Advertisement, 'version' | 'capabilities'>;
  /** Full name → object, of those that begin with one of the prefixes; of an old remote all. */
  readonly refs: ReadonlyMap<string, string>;
}

/** Asks for references only, by version 2 of the protocol where the remote knows it. */
export async function listOverHttp(
  http: GitHttp,
  prefixes: readonly string[],
  signal: AbortSignal,
): Promise<HttpListing> {
  const request = { service: 'git-upload-pack', protocol: 'version=2', ...listingLimits } as const;
  const host = await readAdvertisement(readPackets(http.ask(request, signal)));
  if (host.version === 0) return { host, refs: host.refs };
  const body = Buffer.concat([
    linePacket('command=ls-refs\n'),
    delimiterPacket,
    ...prefixes.map((prefix) => linePacket(`ref-prefix ${prefix}\n`)),
    flushPacket,
  ]);
  return { host, refs: await readRefLines(readPackets(http.ask({ ...request, body }, signal))) };
}
