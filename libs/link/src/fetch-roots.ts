// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Result } from '@fairlead/base';
import { limits } from '@fairlead/trust/verify';
import type { Failure } from './failure.ts';
import { httpsGet, type GetRequest } from './https-get.ts';

/** For one root, in milliseconds. */
const deadlineMs = 20_000;

/** The roots above `held` up to `newest`, one at a time, at most 256; they are judged by whoever asked. */
export async function fetchRoots(
  clock: Clock,
  from: Pick<GetRequest, 'server' | 'tls'>,
  held: number,
  newest: number,
  signal: AbortSignal,
): Promise<Result<readonly Uint8Array[], Failure>> {
  const roots: Uint8Array[] = [];
  for (let version = held + 1; version <= newest && roots.length < limits.roots; version += 1) {
    const path = `/tuf/${String(version)}.root.json`;
    const got = await httpsGet(clock, { ...from, path, maxBytes: limits.root, deadlineMs }, signal);
    if (!got.ok) return got;
    if (got.value.status !== 200 || got.value.cut)
      return err({ code: 'no-server', message: `${path} was named, but not given` });
    roots.push(got.value.bytes);
  }
  return ok(roots);
}
