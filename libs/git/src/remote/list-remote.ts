// SPDX-License-Identifier: Apache-2.0
import { devNull } from 'node:os';
import type { Clock, Result } from '@fairlead/base';
import type { RepositoryProblem } from '../problem.ts';
import { readCredentials } from './git-credentials.ts';
import { createGitHttp } from './git-http.ts';
import { listOverHttp } from './http-listing.ts';
import type { RemotePlace } from './open-remote.ts';
import { attempt } from './remote-failure.ts';
import { createSshTransport } from './ssh-transport.ts';

export interface ListOptions {
  readonly clock: Clock;
  readonly credentialsFile?: string | undefined;
  /** A remote that sends nothing for so long is given up, in milliseconds. */
  readonly idleMs: number;
}

/** References of a remote (full name → object) that begin with one of the prefixes, without a mirror; more may be told. */
export async function listRemote(
  place: RemotePlace,
  prefixes: readonly string[],
  { clock, credentialsFile, idleMs }: ListOptions,
  signal: AbortSignal,
): Promise<Result<ReadonlyMap<string, string>, RepositoryProblem>> {
  const { url } = place;
  const credentials = async (at: URL) =>
    credentialsFile === undefined ? undefined : readCredentials(credentialsFile, at);
  return attempt(signal, async () =>
    place.kind === 'ssh'
      ? createSshTransport({ url, commonDir: devNull, clock, idleMs }).list(prefixes, signal)
      : (await listOverHttp(createGitHttp({ url, credentials, clock, idleMs }), prefixes, signal)).refs,
  );
}
