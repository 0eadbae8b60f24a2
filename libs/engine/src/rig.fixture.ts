// SPDX-License-Identifier: Apache-2.0
import { sha256, silentLogger, type Clock, type Digest } from '@fairlead/base';
import { targetDigest, type TargetState } from '@fairlead/target';
import { join } from 'node:path';
import type { Idleness } from './apply-time.ts';
import { createEngine, type Engine } from './engine.ts';
import type { Desired } from './engine-state.ts';
import { openJournalFile, type JournalFault } from './journal-file.ts';
import type { Outcome } from './outcome.ts';
import type { EngineSettings } from './settings.ts';
import { createFileDomain, type FileDomain } from './file-domain.fixture.ts';

export interface RigOptions {
  /** Holds units, journal and target states: rigs over the same folder are one device. */
  readonly dir: string;
  readonly clock: Clock;
  readonly boot?: string;
  readonly agentVersion?: string;
  readonly fault?: JournalFault;
  readonly freeBytes?: () => number;
  readonly idleness?: Idleness;
  readonly settings?: Partial<EngineSettings>;
}

/** One process of an agent: an engine over a driver whose units are files. */
export interface Rig {
  readonly engine: Engine;
  readonly domain: FileDomain;
  /** Told so far, those of an earlier process included. */
  readonly outcomes: readonly Outcome[];
  readonly journalPath: string;
  start(): Promise<void>;
  /** Calls everything off; `engine.stop` then waits until nothing moves any more. */
  abort(): void;
}

export function createRig(options: RigOptions): Rig {
  const {
    dir,
    clock,
    boot = 'boot-1',
    agentVersion = '1.0.0',
    fault,
    freeBytes = () => Number.MAX_SAFE_INTEGER,
  } = options;
  const domain = createFileDomain(join(dir, 'units'));
  const journalPath = join(dir, 'journal.jsonl');
  const journalFile = openJournalFile(journalPath, fault === undefined ? {} : { fault });
  const life = new AbortController();
  const outcomes: Outcome[] = [];
  const engine = createEngine({
    domains: [domain],
    dir,
    journalFile,
    clock,
    logger: silentLogger,
    random: () => 0.5,
    bootId: boot,
    agentVersion,
    freeBytes: async () => freeBytes(),
    ...(options.idleness !== undefined && { idleness: options.idleness }),
    settings: { healEveryMs: 3_600_000, retryBaseMs: 2, retryCapMs: 8, ...options.settings },
  });
  engine.onEvent((event) => {
    if (event.kind === 'outcome') outcomes.push(event.outcome);
  });
  return {
    engine,
    domain,
    outcomes,
    journalPath,
    start: () => engine.start(life.signal),
    abort: () => life.abort(),
  };
}

/** A revision with this target state; another `name` is another commit. */
export function revision(state: TargetState, counter = 1, name = `commit ${String(counter)}`): Desired {
  const id: Digest = sha256(name);
  return { revision: id, counter, target: targetDigest(state), state };
}
