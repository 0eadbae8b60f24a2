// SPDX-License-Identifier: Apache-2.0
import {
  createTurns,
  err,
  FairleadError,
  isAbort,
  ok,
  type Clock,
  type Logger,
  type Result,
  nextWake,
} from '@fairlead/base';
import { isActive, type StepFailure, type SupervisorState, type WatchedUnit } from '@fairlead/engine';
import { afterEnd, type ContainerEnd } from './after-end.ts';
import type { EngineApi, InspectedContainer } from './engine-api.ts';
import type { OwnContainer, OwnUnit } from './inventory.ts';
import type { RunRecords } from './run-records.ts';
import type { DriverSettings } from './settings.ts';

export interface SupervisorContext {
  readonly api: EngineApi;
  readonly records: RunRecords;
  readonly settings: DriverSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Looks at all containers, and lets each supervisor see its own. */
  look(signal: AbortSignal): Promise<unknown>;
}

/** Keeps the current container of one unit up. It acts on what the engine shows, however it came to that. */
export interface Supervisor extends WatchedUnit {
  /** True if it is known to have run in this boot of the device. */
  ranSinceBoot(): Promise<boolean>;
  /** Takes in what the engine shows; null: nothing of the unit is there. */
  see(unit: OwnUnit | null): Promise<void>;
  /** Starts its container, which does not run. */
  start(container: OwnContainer, signal: AbortSignal): Promise<Result<void, StepFailure>>;
  /** Ends all that runs of it. */
  stop(unit: OwnUnit, signal: AbortSignal): Promise<Result<void, StepFailure>>;
  /** Ends the supervision; what runs goes on. */
  letGo(): void;
}

export function createSupervisor(name: string, context: SupervisorContext, onChange: () => void): Supervisor {
  const { api, records, settings, clock, logger } = context;
  const turns = createTurns();
  const waiting = new Set<() => void>();
  let state: SupervisorState = { kind: 'stopped' };
  let exits = 0;
  let failures = 0;
  let ran = false;
  let pause = new AbortController();

  const become = (next: SupervisorState): void => {
    if (JSON.stringify(next) === JSON.stringify(state)) return;
    state = next;
    ran ||= next.kind === 'running';
    logger.info('container', { container: name, ...next });
    for (const wake of [...waiting]) wake();
    onChange();
  };
  const callOff = (): void => {
    pause.abort();
    pause = new AbortController();
  };

  const startNow = async (
    container: OwnContainer,
    signal: AbortSignal,
  ): Promise<Result<void, StepFailure>> => {
    callOff();
    await records.write(name, container.id);
    become({ kind: 'starting' });
    try {
      await api.start(container.id, signal);
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      const { code, message } = FairleadError.from(thrown);
      if (code === 'engine-unreachable') become({ kind: 'stopped' });
      return err({
        code: code === 'engine-unreachable' ? code : 'start-failed',
        message: `'${name}': ${message}`,
      });
    }
    become({ kind: 'running' });
    return ok();
  };

  const ended = (container: OwnContainer, end: ContainerEnd): void => {
    const next = afterEnd(container.mark.restart, end, failures, settings);
    failures = next.failures;
    exits += 1;
    become(next.state);
    if (next.state.kind === 'backing-off') void startAfter(container, next.pauseMs, pause.signal);
  };

  /** What is wrong with a start is looked at as an end of it. */
  const startAfter = async (container: OwnContainer, ms: number, signal: AbortSignal): Promise<void> => {
    try {
      await clock.sleep(ms, signal);
      await turns(async () => {
        if (signal.aborted) return;
        const started = await startNow(container, new AbortController().signal);
        if (!started.ok && started.error.code !== 'engine-unreachable')
          ended(container, { exitCode: 127, outOfMemory: false, upMs: 0 });
      });
    } catch (thrown) {
      if (!isAbort(thrown))
        logger.warn('a container was not started again', {
          container: name,
          error: FairleadError.from(thrown).message,
        });
    }
  };

  const look = async (unit: OwnUnit | null): Promise<void> => {
    const current = unit?.current ?? null;
    if (current === null) {
      if (isActive(state)) callOff();
      become({ kind: 'stopped' });
      return;
    }
    const isUp = state.kind === 'running' || state.kind === 'starting';
    if (current.running) {
      if (!isUp) callOff();
      become({ kind: 'running' });
      return;
    }
    if (!isUp && state.kind !== 'stopped') return;
    if ((await records.started(name)) !== current.id) {
      become({ kind: 'stopped' });
      return;
    }
    const found = await api.inspect(current.id, pause.signal);
    if (found === null || found.State.Running) return;
    if (neverStarted(found)) become({ kind: 'stopped' });
    else ended(current, endOf(found));
  };

  return {
    name,
    state: () => state,
    exits: () => exits,
    ranSinceBoot: async () => ran || (await records.started(name)) !== null,
    see: (unit) => turns(() => look(unit)),
    start: (container, signal) =>
      turns(async () => {
        failures = 0;
        const started = await startNow(container, signal);
        if (!started.ok && started.error.code === 'start-failed')
          become({ kind: 'failed', code: 'start-failed', reason: started.error.message });
        return started;
      }),
    stop: (unit, signal) =>
      turns(async () => {
        callOff();
        // Before it is stopped: whoever comes later must not take its end for one of its own.
        await records.remove(name);
        for (const { id, running, mark } of [...unit.versions, ...unit.unfinished]) {
          if (!running) continue;
          become({ kind: 'stopping' });
          try {
            await api.stop(id, Math.ceil((mark.graceMs ?? settings.graceMs) / 1_000), signal);
          } catch (thrown) {
            if (isAbort(thrown)) throw thrown;
            const { code, message } = FairleadError.from(thrown);
            become({ kind: 'running' });
            return err({
              code: code === 'engine-unreachable' ? code : 'stop-failed',
              message: `'${name}': ${message}`,
            });
          }
        }
        become({ kind: 'stopped' });
        return ok();
      }),
    letGo: callOff,
    async refresh(signal) {
      for (;;) {
        try {
          await context.look(signal);
          return;
        } catch (thrown) {
          if (FairleadError.from(thrown).code !== 'engine-unreachable') throw thrown;
        }
        await clock.sleep(settings.pollMs, signal);
      }
    },
    changed: (signal) => nextWake(waiting, signal),
  };
}

/** Engines write the year 1. */
function neverStarted({ State }: InspectedContainer): boolean {
  return !(Date.parse(State.StartedAt) > 0);
}

function endOf({ State }: InspectedContainer): ContainerEnd {
  const upMs = Date.parse(State.FinishedAt) - Date.parse(State.StartedAt);
  return {
    exitCode: State.ExitCode,
    outOfMemory: State.OOMKilled,
    upMs: Number.isFinite(upMs) ? Math.max(0, upMs) : 0,
  };
}
