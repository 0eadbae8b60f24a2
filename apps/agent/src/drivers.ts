// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { createArtifactStore } from '@fairlead/artifacts';
import type { Clock, Logger } from '@fairlead/base';
import { createContainersDomain } from '@fairlead/containers';
import type { Domain } from '@fairlead/engine';
import { createJobsDomain } from '@fairlead/jobs';
import { readBootId } from './device-facts.ts';
import type { EngineChoice } from './engine-choice.ts';
import { createSecretStore } from './secret-store.ts';
import type { JobFlags } from './settings.ts';
import type { StateFolder } from './state-folder.ts';

export interface DriverOptions {
  readonly folder: StateFolder;
  /** Absent: the drivers' own; whoever only reads needs none. */
  readonly settings?: JobFlags;
  /** What runs containers; null: they are not run. */
  readonly containerEngine: EngineChoice | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** One driver for each kind of unit that this device can run. */
export async function createDrivers({
  folder,
  settings,
  containerEngine,
  clock,
  logger,
  random,
  environment,
}: DriverOptions): Promise<readonly Domain[]> {
  const silence = settings && { connectMs: settings.fetchTimeout, idleMs: settings.fetchTimeout };
  const artifacts = createArtifactStore({
    dir: folder.artifacts,
    clock,
    logger,
    ...(settings && { downloads: settings.fetches }),
    ...(silence && { settings: silence }),
  });
  const secrets = createSecretStore(folder.secrets);
  const waits = settings && {
    graceMs: settings.stopGrace,
    healthWindowMs: settings.healthWindow,
    deadlineMs: settings.healthDeadline,
  };
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
      secrets,
      ...(settings && {
        settings: {
          ...waits,
          unpackBytes: settings.imageSize,
          reserveBytes: settings.reserve,
          logBytes: settings.logSize,
          logFiles: settings.logFiles,
        },
      }),
    }),
    ...(containerEngine === null
      ? []
      : [
          createContainersDomain({
            engine: containerEngine.socket,
            owner: containerEngine.owner,
            dir: join(folder.containers, 'runs'),
            bootId: await readBootId(),
            clock,
            logger,
            secrets,
            ...(waits && { settings: waits }),
          }),
        ]),
  ];
}
