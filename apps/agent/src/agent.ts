// SPDX-License-Identifier: Apache-2.0
import { randomInt, randomUUID } from 'node:crypto';
import { err, ok, type Clock, type Logger, type Result } from '@fairlead/base';
import {
  createEngine,
  openJournalFile,
  type Domain,
  type DriftMode,
  type Engine,
  type JournalFault,
} from '@fairlead/engine';
import { createLink, type Admission, type Failure, type KnownAction } from '@fairlead/link';
import type { TargetState } from '@fairlead/target';

import type { AgentStatus } from './agent-status.ts';
import { freeBytes, readBootId } from './device-facts.ts';
import { createDeviceStatus } from './device-status.ts';
import { createDrivers } from './drivers.ts';
import { chooseEngine } from './engine-choice.ts';
import { createEventRing } from './event-ring.ts';
import { openBusyLocks } from './busy-locks.ts';
import { answerLocal } from './local-api.ts';
import { createEventDesk } from './local-events.ts';
import type { LocalHandler } from './local-exchange.ts';
import { refusal, type LocalRequest } from './local-protocol.ts';
import { holdFolder } from './local-server.ts';
import { createMemorySaver } from './memory.ts';
import { createReceiptClerk } from './receipt-clerk.ts';
import type { JobFlags, StreamFlags } from './settings.ts';
import { makeStateFolder, type StateFolder } from './state-folder.ts';
import { releasedAt, version } from './version.ts';

/** Formats of target states of which this agent acts on every word, or refuses it by name. */
const readFormats: readonly TargetState['format'][] = [1, 2];

export interface AgentOptions {
  readonly folder: StateFolder;
  /** `host:port`. */
  readonly server: string;
  readonly admission: Admission;
  readonly jobs: JobFlags;
  readonly stream: StreamFlags;
  /** Socket of the container engine, or `none`; undefined: it is looked for. */
  readonly containerEngine: string | undefined;
  /** Milliseconds between looks for drift. */
  readonly driftInterval: number;
  readonly drift: DriftMode;
  readonly journalFault: JournalFault | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Agent {
  status(): AgentStatus;
  /** Resolves when somebody asked by the local socket that it ends. */
  readonly asked: Promise<void>;
  /** Lets go: what runs goes on. */
  stop(): Promise<void>;
}

/**
 * Joins link, engine and drivers. The state folder is taken first; what the device has is brought up before the network is looked
 * for. Throws `state-in-use`, or `misuse` where the device belongs to no fleet.
 */
export async function startAgent(options: AgentOptions, signal: AbortSignal): Promise<Agent> {
  const { folder } = options;
  await makeStateFolder(folder);
  let ask = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  let answer: LocalHandler = () => refusal(503, 'no-agent', 'the agent is still starting', 'Ask again.');
  const local = await holdFolder(
    folder.socket,
    (request) => {
      if (request.method !== 'POST' || request.path.join('/') !== 'stop') return answer(request);
      ask();
      return { status: 204 };
    },
    options.logger,
  );
  try {
    const device = await joinDevice(options, signal);
    answer = device.answer;
    return {
      status: device.status,
      asked,
      async stop() {
        await device.stop();
        await local.close();
      },
    };
  } catch (thrown) {
    await local.close();
    throw thrown;
  }
}

async function joinDevice(options: AgentOptions, signal: AbortSignal) {
  const { folder, clock, logger } = options;
  const memory = createMemorySaver(clock, signal);
  const random = (): number => randomInt(2 ** 32) / 2 ** 32;
  const bootId = await readBootId();
  const containerEngine = await chooseEngine(folder.containers, options.containerEngine);
  const drivers = await createDrivers({ ...options, settings: options.jobs, containerEngine, random });
  const locks = await openBusyLocks(folder.busy, bootId, clock);
  const engine = createEngine({
    domains: drivers,
    dir: folder.engine,
    journalFile: openJournalFile(
      folder.journal,
      options.journalFault === undefined ? {} : { fault: options.journalFault },
    ),
    clock,
    logger,
    random,
    bootId,
    agentVersion: version,
    freeBytes: () => freeBytes(folder.root),
    idleness: locks,
    settings: {
      healEveryMs: options.driftInterval,
      drift: options.drift,
      reserveBytes: options.jobs.reserve,
    },
  });
  const events = createEventRing(clock);
  const startedAt = clock.monotonic();
  const link = createLink({
    dir: folder.link,
    server: options.server,
    admission: options.admission,
    agent: {
      version,
      buildTime: releasedAt,
      bootId,
      architecture: process.arch,
      targetFormats: readFormats,
      capabilities: drivers.map((driver) => driver.name),
    },
    clock,
    logger,
    random,
    newId: randomUUID,
    keepalive: { everyMs: options.stream.keepalive, timeoutMs: options.stream.keepaliveTimeout },
    reconnect: { capMs: options.stream.reconnectCap },
    device: {
      heldTarget: () => (engine.state().desired ?? engine.state().committed)?.target ?? null,
      desired: (revision) => {
        engine.submit(revision);
      },
      run: (action) =>
        runAction(action, {
          engine,
          drivers,
          report: () => {
            report(true);
          },
        }),
      changed: () => {
        report(false);
      },
    },
  });
  const board = createDeviceStatus(
    clock,
    () => engine.state(),
    () => link.view(),
  );
  const report = (anyway: boolean): void => {
    const { status, changed } = board.look();
    if (changed || anyway) link.report({ ...status });
  };

  const id = await link.open();
  const clerk = createReceiptClerk({ engine, link, clock, logger, random });
  engine.onEvent((event) => {
    events.take(event);
    if (event.kind === 'status') report(false);
    else {
      clerk.take(event.outcome);
      memory.settle();
    }
  });
  await engine.start(signal);
  link.start(signal);
  memory.settle();

  const status = (): AgentStatus => {
    const { committed, desired } = engine.state();
    const { connection, failure } = link.view();
    const { kind: _kind, ...shown } = board.look().status;
    return {
      device: id,
      version,
      ...shown,
      revision: committed?.revision ?? null,
      target: committed?.target ?? null,
      desired: desired?.revision ?? null,
      connection: connection.kind,
      offline: failure,
    };
  };
  const ports = {
    engine,
    locks,
    events: createEventDesk(events),
    status,
    uptime: () => clock.monotonic() - startedAt,
  };
  return {
    status,
    answer: (request: LocalRequest) => answerLocal(ports, request),
    async stop() {
      await link.stop();
      await clerk.stop();
      await engine.stop();
    },
  };
}

interface ActionPorts {
  readonly engine: Engine;
  readonly drivers: readonly Domain[];
  report(): void;
}

/** Nothing that a server may ask for changes what a revision says. */
async function runAction(action: KnownAction, ports: ActionPorts): Promise<Result<void, Failure>> {
  const { engine, drivers } = ports;
  switch (action.kind) {
    // Drift is looked for all the time; what it found last is told.
    case 'look-again':
    case 'send-state':
      ports.report();
      return ok();
    case 'retry':
      engine.retry();
      return ok();
    case 'restart-unit': {
      const driver = drivers.find(({ name }) => name === action.domain);
      if (driver === undefined)
        return err({ code: 'unsupported-feature', message: `no units of kind '${action.domain}' here` });
      if (engine.state().activity.kind !== 'idle')
        return err({ code: 'superseded', message: 'a revision is being applied' });
      const isThere = engine
        .state()
        .units.some((unit) => unit.domain === action.domain && unit.name === action.name);
      if (!isThere) return err({ code: 'misuse', message: `there is no unit '${action.name}'` });
      // The engine sees that a unit which is to run does not, and starts it again.
      return driver.stopUnit(action.name, new AbortController().signal);
    }
  }
}
