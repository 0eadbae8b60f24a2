// SPDX-License-Identifier: Apache-2.0
import { ok, type Clock, type Result } from '@fairlead/base';
import { realDisk, type Disk } from '../disk.ts';
import type { RepositoryProblem } from '../problem.ts';
import { openRepository, type Repository } from '../repository.ts';
import { readCredentials } from './git-credentials.ts';
import { createGitHttp } from './git-http.ts';
import { createHttpTransport } from './http-transport.ts';
import { mirrorPath, openMirrorFolder } from './mirror-folder.ts';
import { createMirror, type RemoteRepository } from './mirror.ts';
import type { RepositoryPlace } from './repository-place.ts';
import { createSshTransport } from './ssh-transport.ts';
import { endingTransport } from './ending-transport.ts';
import { createUpkeep } from './upkeep.ts';

export interface RemoteOptions {
  /** The folder of the mirrors is made in it. */
  readonly data: string;
  /** The branch to mirror, without `refs/heads/`; absent: only what Fairlead writes. */
  readonly branch?: string;
  /** Read anew for each request. */
  readonly credentialsFile?: string;
  readonly clock: Clock;
  /** A remote that sends nothing for so long is given up, in milliseconds. Default 30,000. */
  readonly idleMs?: number;
  /** From when it aborts the remote is not waited for any more: what is under way fails, and what comes after at once. */
  readonly until?: AbortSignal;
  /** Everything that writes into the mirror. */
  readonly disk?: Disk;
}

export type RemotePlace = Exclude<RepositoryPlace, { readonly kind: 'path' }>;

/** Opens the mirror of a remote; the remote itself is not asked yet: `refresh` does that, and before it no reference is known. */
export async function openRemoteRepository(
  place: RemotePlace,
  { data, branch, credentialsFile, clock, idleMs = 30_000, disk = realDisk, until }: RemoteOptions,
): Promise<Result<RemoteRepository, RepositoryProblem>> {
  const path = mirrorPath(data, place.url);
  const folder = await openMirrorFolder(path, disk, { clock });
  if (!folder.ok) return folder;
  const { commonDir } = folder.value.local;
  const way =
    place.kind === 'ssh'
      ? createSshTransport({ url: place.url, commonDir, clock, idleMs })
      : createHttpTransport({
          commonDir,
          disk,
          clock,
          http: createGitHttp({
            url: place.url,
            clock,
            idleMs,
            credentials: async (url) =>
              credentialsFile === undefined ? undefined : readCredentials(credentialsFile, url),
          }),
        });
  const transport = until === undefined ? way : endingTransport(way, until);
  return ok(
    createMirror({ ...folder.value, transport, branch, clock, upkeep: createUpkeep(commonDir, clock) }),
  );
}

/** Opens a repository wherever it is. */
export async function openPlace(
  place: RepositoryPlace,
  options: RemoteOptions,
): Promise<Result<Repository, RepositoryProblem>> {
  return place.kind === 'path'
    ? openRepository(place.path, { clock: options.clock })
    : openRemoteRepository(place, options);
}
