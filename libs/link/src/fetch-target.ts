// SPDX-License-Identifier: Apache-2.0
import { digestHex, fullJitter, ok, type Clock, type Digest, type Result } from '@fairlead/base';
import { limits } from '@fairlead/trust/verify';
import type { Failure } from './failure.ts';
import { httpsGet, type GetRequest } from './https-get.ts';

/** For one attempt, in milliseconds. */
const deadlineMs = 60_000;
const pause = { baseMs: 1_000, capMs: 5 * 60_000 } as const;

/**
 * Fetches a target state by its digest, which the caller checks. What is around it (cut, slow, down) is tried again with growing
 * pauses until the signal aborts, going on where it stopped; each is told by `onFailure`. Only an answer that does not end fails.
 */
export async function fetchTarget(
  ports: { readonly clock: Clock; readonly random: () => number; onFailure(failure: Failure): void },
  from: Pick<GetRequest, 'server' | 'tls'>,
  digest: Digest,
  signal: AbortSignal,
): Promise<Result<Uint8Array, Failure>> {
  const path = `/targets/${digestHex(digest)}`;
  let have: Uint8Array = new Uint8Array();
  for (let attempt = 0; ; attempt += 1) {
    const request = { ...from, path, maxBytes: limits.target - have.length, deadlineMs, from: have.length };
    const got = await httpsGet(ports.clock, request, signal);
    if (got.ok && got.value.status !== 404) {
      have = got.value.status === 206 ? Buffer.concat([have, got.value.bytes]) : got.value.bytes;
      if (!got.value.cut) return ok(have);
      if (got.value.bytes.length > 0) attempt = 0;
    }
    if (!got.ok && got.error.code === 'endless-data') return got;
    ports.onFailure({
      code: 'target-unavailable',
      message: got.ok ? `${path}: ${got.value.cut ? 'cut' : 'not there'}` : got.error.message,
    });
    await ports.clock.sleep(fullJitter(attempt, { ...pause, random: ports.random }), signal);
  }
}
