// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { replaceFile, type ArtifactStore } from '@fairlead/artifacts';
import { err, FairleadError, ok, sortedBy, type Clock, type Digest, type Logger } from '@fairlead/base';
import {
  awaitHealthy,
  awaitReady,
  conditionOf,
  createExclusive,
  noSecrets,
  type Domain,
  type ObservedUnit,
  type SecretSource,
} from '@fairlead/engine';
import { isUnitName, unitDigest, type JobUnit } from '@fairlead/target';
import { cleanUnits } from './clean.ts';
import { createConfigDrift } from './config-drift.ts';
import { searchPath, type AgentEnvironment } from './environment.ts';
import { healUnits } from './heal.ts';
import { keeperScript } from './keeper.ts';
import { createImageDrift } from './image-drift.ts';
import { createImageRepair } from './image-repair.ts';
import { createLayout } from './layout.ts';
import { createLogMarker, type LogMarker } from './log-marks.ts';
import { readLogs } from './logs.ts';
import { currentBootId, identityOf } from './process-identity.ts';
import { awaitRequirements } from './requirements.ts';
import { defaultSettings, type JobSettings } from './settings.ts';
import { bytesToStage, stageUnit } from './stage.ts';
import { storing } from './storing.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import { statedMs } from './readiness.ts';
import {
  currentVersion,
  knownUnits,
  isStaged,
  readVersion,
  stagedVersions,
  switchVersion,
} from './versions.ts';

export interface JobsDomainOptions {
  /** Versions and images; on a disk that survives a reboot. */
  readonly dir: string;
  /** What runs, by unit; may be emptied by a reboot, and by nothing else. */
  readonly runDir: string;
  /** Output of the jobs. */
  readonly logDir: string;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Each absent one as in `defaultSettings`. */
  readonly settings?: Partial<JobSettings>;
  /** The agent's local socket, as groups are told on stdin; empty: none. */
  readonly socketPath: string;
  /** Absent: the device has none. */
  readonly secrets?: SecretSource;
  /** The agent's own environment: what jobs inherit, and where programs are looked for. */
  readonly environment: AgentEnvironment;
}

/** How often lost files of one unit are fetched again, in milliseconds. */
const restageEveryMs = 60_000;

/** The driver of jobs: processes that outlive the agent, each with a keeper beside it. */
export function createJobsDomain(options: JobsDomainOptions): Domain<JobUnit> {
  const { artifacts, clock, logger, random, socketPath, environment: agent, secrets = noSecrets } = options;
  const settings = { ...defaultSettings, ...options.settings };
  const layout = createLayout(options.dir, options.runDir, options.logDir);
  const stageContext = {
    layout,
    artifacts,
    unpackBytes: settings.unpackBytes,
    reserveBytes: settings.reserveBytes,
    unpacking: createExclusive(),
    agent,
    socketPath,
    random,
    secrets,
  };
  const configs = createConfigDrift(layout, artifacts, secrets);
  const supervisors = new Map<string, Supervisor>();
  const listeners = new Set<() => void>();
  let make: ((name: string) => Supervisor) | null = null;

  const supervisorOf = (name: string): Supervisor => {
    if (make === null)
      throw new FairleadError({ code: 'internal', message: 'the jobs domain is not started' });
    const supervisor = supervisors.get(name) ?? make(name);
    supervisors.set(name, supervisor);
    return supervisor;
  };

  const images = createImageRepair(stageContext, createImageDrift(layout), clock, supervisorOf);

  /** What was to be staged and is not yet, so that what is fetched already is not cleaned away. */
  const unfinished = new Map<Digest, JobUnit>();
  const stagedAgainAt = new Map<string, number>();
  const stageAgain = async (unit: JobUnit, signal: AbortSignal): Promise<boolean> => {
    const last = stagedAgainAt.get(unit.name);
    if (last !== undefined && clock.monotonic() - last < restageEveryMs) return false;
    stagedAgainAt.set(unit.name, clock.monotonic());
    const staged = await storing(() => stageUnit(unit, stageContext, signal));
    return staged.ok;
  };

  const markers = new Map<string, LogMarker>();
  /** Until the signal aborts; a full disk costs marks, no more. */
  const markLogs = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(settings.logMarkMs, signal);
      for (const name of supervisors.keys()) {
        const marker = markers.get(name) ?? createLogMarker(layout.logs(name));
        markers.set(name, marker);
        try {
          marker.note(clock.now());
        } catch (error) {
          logger.debug('no mark in a log', { job: name, error: FairleadError.from(error).message });
        }
      }
    }
  };
  let marking: { readonly end: AbortController; readonly over: Promise<void> } | null = null;

  const onChange = (): void => {
    for (const listener of listeners) listener();
  };

  return {
    name: 'jobs',
    async start(signal) {
      const bootId = await currentBootId();
      const self = identityOf(process.pid, bootId);
      if (self === null)
        throw new FairleadError({ code: 'internal', message: '/proc does not show this process' });
      await mkdir(options.dir, { recursive: true, mode: 0o755 });
      await replaceFile(layout.keeper, keeperScript, 0o700);
      make = (name) =>
        createSupervisor(
          name,
          {
            ...stageContext,
            clock,
            logger,
            settings,
            self,
            keeperPath: searchPath(agent),
            awaitRequired: (unit, missing, waiting) => awaitRequirements(unit, supervisors, missing, waiting),
          },
          onChange,
        );
      for (const name of await knownUnits(layout)) {
        signal.throwIfAborted();
        await supervisorOf(name).adopt((version) => readVersion(layout, name, version));
      }
      const end = new AbortController();
      marking = { end, over: markLogs(end.signal).catch(() => undefined) };
    },
    async stop() {
      marking?.end.abort();
      await marking?.over;
      marking = null;
      await Promise.all(
        [...supervisors.values()].map(async (supervisor) => {
          const digest = supervisor.version();
          const unit =
            digest === null ? null : await readVersion(layout, supervisor.name, digest).catch(() => null);
          if (unit?.dieWithAgent === true) await supervisor.stop(new AbortController().signal);
          else await supervisor.letGo();
        }),
      );
      supervisors.clear();
      make = null;
    },
    async observe() {
      const units: ObservedUnit[] = [];
      for (const name of sortedBy(await knownUnits(layout), (each) => each)) {
        const digest = currentVersion(layout, name);
        const staged = stagedVersions(layout, name);
        const supervisor = supervisorOf(name);
        const process = supervisor.process();
        const condition = conditionOf(supervisor.state());
        units.push({ name, digest, staged, condition, ...(process !== undefined && { process }) });
      }
      return units;
    },
    async estimate(units) {
      return { bytes: await bytesToStage(units, stageContext) };
    },
    async stage(unit, signal) {
      unfinished.set(unitDigest(unit), unit);
      const staged = await storing(() => stageUnit(unit, stageContext, signal));
      if (staged.ok) unfinished.delete(unitDigest(unit));
      return staged;
    },
    stopUnit: (name, signal) => storing(() => supervisorOf(name).stop(signal)),
    switchUnit: (name, to) =>
      storing(async () => {
        if (to !== null && !isStaged(layout, name, to)) {
          return err({ code: 'storage-failed', message: `version ${to} of '${name}' is not on the device` });
        }
        await switchVersion(layout, name, to);
        return ok();
      }),
    activate: (unit) => storing(() => supervisorOf(unit.name).start({ unit, digest: unitDigest(unit) })),
    ready: (unit, signal) =>
      awaitReady(supervisorOf(unit.name), statedMs(unit.ready), { settings, clock, signal }),
    health: (unit, signal) => awaitHealthy(supervisorOf(unit.name), { settings, clock, signal }),
    async clean(keep, signal) {
      const kept = new Set([...keep.values()].flat());
      for (const digest of unfinished.keys()) if (!kept.has(digest)) unfinished.delete(digest);
      for (const name of await cleanUnits(keep, layout, artifacts, [...unfinished.values()], signal)) {
        supervisors.delete(name);
        markers.delete(name);
        await rm(layout.logs(name), { recursive: true, force: true });
      }
    },
    heal: (committed, signal, mode = 'heal') =>
      healUnits(
        committed,
        {
          layout,
          configs,
          images,
          secrets,
          mode,
          stageAgain,
          supervisor: supervisorOf,
          supervisors: () => [...supervisors.values()],
        },
        signal,
      ),
    logs: async (name, query) =>
      isUnitName(name) && existsSync(layout.logs(name)) ? readLogs(layout.logs(name), query, clock) : null,
    onChange(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
