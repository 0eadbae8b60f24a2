// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, isAbort, ok, type Clock, type Logger } from '@fairlead/base';
import {
  awaitHealthy,
  awaitReady,
  conditionOf,
  noSecrets,
  type Domain,
  type ObservedUnit,
  type SecretSource,
} from '@fairlead/engine';
import { unitDigest, type ContainerUnit } from '@fairlead/target';
import { cleanUnits } from './clean.ts';
import { containerLines } from './container-logs.ts';
import { createEngineApi } from './engine-api.ts';
import { createEngineSocket } from './engine-socket.ts';
import { healUnits } from './heal.ts';
import { inventoryOf, type OwnUnit } from './inventory.ts';
import { jsonLines } from './json-lines.ts';
import { ownerLabel } from './labels.ts';
import { createRunRecords } from './run-records.ts';
import { defaultSettings, type DriverSettings } from './settings.ts';
import { asking, bytesToStage, stageUnit } from './stage-unit.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import { switchUnit } from './switch-unit.ts';

export interface ContainersDomainOptions {
  /** Socket of the engine. */
  readonly engine: string;
  /** What is remembered of runs, and nothing else. */
  readonly dir: string;
  /** Stands on each container that is made, and keeps agents of one engine apart. */
  readonly owner: string;
  readonly bootId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Absent: the device has none. */
  readonly secrets?: SecretSource;
  /** Each absent one as in `defaultSettings`. */
  readonly settings?: Partial<DriverSettings>;
}

/** How often a lost container is made anew, in milliseconds: its image may have to be pulled. */
const restageEveryMs = 60_000;

/** Pauses before looking again after an event, in milliseconds: engines tell of an end before they show it. */
const settleMs = [200, 800, 2_000];

/**
 * The driver of containers, over the Docker API of whatever engine the device has. What there is and which version is switched on, the
 * engine alone knows, by labels and names; so nothing of ours can differ from it after a crash.
 */
export function createContainersDomain(options: ContainersDomainOptions): Domain<ContainerUnit> {
  const { clock, logger, owner, secrets = noSecrets } = options;
  const settings = { ...defaultSettings, ...options.settings };
  const api = createEngineApi(createEngineSocket(options.engine), settings.silenceMs);
  const records = createRunRecords(options.dir, options.bootId);
  const supervisors = new Map<string, Supervisor>();
  const listeners = new Set<() => void>();
  const stagedAgainAt = new Map<string, number>();
  let watching: { readonly end: AbortController; readonly over: Promise<unknown> } | null = null;
  /** As the engine showed them last; null: it was never asked. */
  let known: readonly OwnUnit[] | null = null;

  const onChange = (): void => {
    for (const listener of listeners) listener();
  };
  const supervisorOf = (name: string): Supervisor => {
    const supervisor =
      supervisors.get(name) ??
      createSupervisor(name, { api, records, settings, clock, logger, look }, onChange);
    supervisors.set(name, supervisor);
    return supervisor;
  };

  const listOwn = async (signal: AbortSignal): Promise<readonly OwnUnit[]> => {
    known = inventoryOf(await api.list({ label: [`${ownerLabel}=${owner}`] }, signal), owner);
    return known;
  };
  const own = async (name: string, signal: AbortSignal): Promise<OwnUnit | null> =>
    (await listOwn(signal)).find((unit) => unit.name === name) ?? null;
  const look = async (signal: AbortSignal): Promise<readonly OwnUnit[]> => {
    const units = await listOwn(signal);
    const names = new Set([...units.map(({ name }) => name), ...supervisors.keys()]);
    await Promise.all(
      [...names].map((name) => supervisorOf(name).see(units.find((unit) => unit.name === name) ?? null)),
    );
    return units;
  };

  let settling = new AbortController();
  const lookUntilSettled = async (signal: AbortSignal): Promise<void> => {
    settling.abort();
    settling = new AbortController();
    const either = AbortSignal.any([signal, settling.signal]);
    for (const ms of settleMs) {
      await clock.sleep(ms, either);
      await look(signal);
    }
  };

  /** Both until the signal aborts. An event that is lost, or comes late, costs time and no more. */
  const followEvents = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      try {
        for await (const _ of jsonLines(api.events(`${ownerLabel}=${owner}`, signal))) {
          await look(signal);
          void lookUntilSettled(signal).catch(() => undefined);
        }
      } catch (thrown) {
        if (signal.aborted) return;
        logger.debug('no events of the container engine', { error: FairleadError.from(thrown).message });
      }
      await clock.sleep(settings.pollMs, signal);
    }
  };
  const poll = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await clock.sleep(settings.pollMs, signal);
      await look(signal).catch(() => undefined);
    }
  };
  const watch = (signal: AbortSignal): Promise<unknown> =>
    Promise.allSettled([followEvents(signal), poll(signal)]);

  const stage = (unit: ContainerUnit, signal: AbortSignal) =>
    asking(() => stageUnit(unit, { api, owner, secrets, own }, signal));
  const healContext = {
    own,
    supervisor: supervisorOf,
    stageAgain: async (unit: ContainerUnit, signal: AbortSignal): Promise<boolean> => {
      const last = stagedAgainAt.get(unit.name);
      if (last !== undefined && clock.monotonic() - last < restageEveryMs) return false;
      stagedAgainAt.set(unit.name, clock.monotonic());
      return (await stage(unit, signal)).ok;
    },
    switchTo: (unit: ContainerUnit, signal: AbortSignal) =>
      asking(async () => switchUnit(api, unit.name, await own(unit.name, signal), unitDigest(unit), signal)),
  };

  return {
    name: 'containers',
    async start(signal) {
      await look(signal).catch((thrown: unknown) => {
        if (isAbort(thrown)) throw thrown;
        logger.warn('the container engine cannot be asked', { error: FairleadError.from(thrown).message });
      });
      const end = new AbortController();
      watching = { end, over: watch(end.signal) };
    },
    async stop() {
      watching?.end.abort();
      await watching?.over;
      watching = null;
      for (const supervisor of supervisors.values()) supervisor.letGo();
      supervisors.clear();
    },
    async observe(signal) {
      // While the engine is away its containers are taken to be as they were: other domains go on.
      const units = await look(signal).catch((thrown: unknown) => {
        const { code, message } = FairleadError.from(thrown);
        if (code !== 'engine-unreachable') throw thrown;
        return known ?? message;
      });
      if (typeof units === 'string')
        return (await records.units()).map((name): ObservedUnit => ({
          name,
          digest: null,
          staged: [],
          condition: { kind: 'failed', code: 'engine-unreachable', message: units },
        }));
      return units
        .filter(({ versions }) => versions.length > 0)
        .map(({ name, current, versions }): ObservedUnit => ({
          name,
          digest: current?.mark.version ?? null,
          staged: versions.map(({ mark }) => mark.version),
          condition: conditionOf(supervisorOf(name).state()),
        }));
    },
    estimate: async (units, signal) => {
      const bytes = await bytesToStage(units, { api, owner, secrets, own }, signal).catch(
        (thrown: unknown) => {
          // That it is away, staging says.
          if (FairleadError.from(thrown).code !== 'engine-unreachable') throw thrown;
          return 0;
        },
      );
      return { bytes };
    },
    stage,
    stopUnit: (name, signal) =>
      asking(async () => {
        const unit = await own(name, signal);
        return unit === null ? ok() : supervisorOf(name).stop(unit, signal);
      }),
    switchUnit: (name, to, signal) =>
      asking(async () => switchUnit(api, name, await own(name, signal), to, signal)),
    activate: (unit, signal) =>
      asking(async () => {
        const current = (await own(unit.name, signal))?.current ?? null;
        if (current?.mark.version !== unitDigest(unit))
          return err({ code: 'start-failed', message: `another version of '${unit.name}' is switched on` });
        return current.running ? ok() : supervisorOf(unit.name).start(current, signal);
      }),
    ready: (unit, signal) => awaitReady(supervisorOf(unit.name), 0, { settings, clock, signal }),
    health: (unit, signal) => awaitHealthy(supervisorOf(unit.name), { settings, clock, signal }),
    async clean(keep, signal) {
      for (const name of await cleanUnits(api, await listOwn(signal), keep, signal)) {
        supervisors.get(name)?.letGo();
        supervisors.delete(name);
        await records.remove(name);
      }
    },
    async heal(committed, signal, mode = 'heal') {
      try {
        return await healUnits(committed, await look(signal), { ...healContext, mode }, signal);
      } catch (thrown) {
        const { code, message } = FairleadError.from(thrown);
        if (code !== 'engine-unreachable') throw thrown;
        return committed.map(({ unit: { name } }) => ({ name, message, healed: false }));
      }
    },
    async logs(name, query) {
      const unit = await own(name, query.signal);
      const container = unit?.current ?? unit?.versions[0];
      const found = container === undefined ? null : await api.inspect(container.id, query.signal);
      if (found === null) return null;
      return containerLines(api, { id: found.Id, tty: found.Config.Tty }, query);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
