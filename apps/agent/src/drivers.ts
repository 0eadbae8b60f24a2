// SPDX-License-Identifier: Apache-2.0
import { createArtifactStore } from '@fairlead/artifacts';
import type { Clock, Logger } from '@fairlead/base';
import type { Domain } from '@fairlead/engine';
import { createJobsDomain } from '@fairlead/jobs';
import { createSecretStore } from './secret-store.ts';
import type { JobFlags } from './settings.ts';
import type { StateFolder } from './state-folder.ts';

export interface DriverOptions {
  readonly folder: StateFolder;
  /** Absent: the drivers' own; whoever only reads needs none. */
  readonly settings?: JobFlags;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** One driver for each kind of unit. A new kind is a line here. */
export function createDrivers({
  folder,
  settings,
  clock,
  logger,
  random,
  environment,
}: DriverOptions): readonly Domain[] {
  const silence = settings && { connectMs: settings.fetchTimeout, idleMs: settings.fetchTimeout };
  const artifacts = createArtifactStore({
    dir: folder.artifacts,
    clock,
    logger,
    ...(settings && { downloads: settings.fetches }),
    ...(silence && { settings: silence }),
  });
  return [
    createJobsDomain({
      dir: folder.jobs,
      runDir: folder.runs,
      logDir: folder.logs,
      artifacts,
      clock,
      logger,
      random,
      socketPath: folder.socket,
      environment,
      secrets: createSecretStore(folder.secrets),
      ...(settings && {
        settings: {
          graceMs: settings.stopGrace,
          healthWindowMs: settings.healthWindow,
          deadlineMs: settings.healthDeadline,
          unpackBytes: settings.imageSize,
          reserveBytes: settings.reserve,
          logBytes: settings.logSize,
          logFiles: settings.logFiles,
        },
      }),
    }),
  ];
}
