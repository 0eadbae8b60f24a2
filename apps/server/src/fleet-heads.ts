// SPDX-License-Identifier: Apache-2.0
import type { Clock, Logger } from '@fairlead/base';
import {
  localHeads,
  openRemoteRepository,
  remoteHeads,
  type OpenHeads,
  type RepositoryPlace,
} from '@fairlead/git';

export interface FleetHeadsOptions {
  readonly place: RepositoryPlace;
  readonly branch: string;
  /** Holds the mirror of a remote. */
  readonly data: string;
  readonly credentialsFile: string | undefined;
  /** How often it is looked at without any event, in milliseconds; undefined: as often as is usual for the place. */
  readonly pollMs: number | undefined;
  /** From then on a remote is not waited for any more. */
  readonly until: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** The heads of the fleet repository, wherever it is. */
export function fleetHeads(options: FleetHeadsOptions): OpenHeads {
  const { place, branch, data, credentialsFile, pollMs, until, clock, logger, random } = options;
  const polled = pollMs === undefined ? {} : { pollMs };
  if (place.kind === 'path') return localHeads({ path: place.path, branch, clock, logger, ...polled });
  const credentials = credentialsFile === undefined ? {} : { credentialsFile };
  const open = () => openRemoteRepository(place, { data, branch, clock, until, ...credentials });
  return remoteHeads({ open, branch, clock, random, ...polled });
}
