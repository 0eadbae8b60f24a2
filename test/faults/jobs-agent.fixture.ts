// SPDX-License-Identifier: Apache-2.0
// The engine and the driver of jobs as an agent has them, without a server: a process of its own that a test may kill. It is handed
// revisions as messages, and tells its state and every outcome.
// usage: node jobs-agent.fixture.ts <folder>
import { createArtifactStore } from '@fairlead/artifacts';
import type { LogData, Logger } from '@fairlead/base';
import {
  createEngine,
  openJournalFile,
  type Desired,
  type EngineState,
  type Outcome,
} from '@fairlead/engine';
import { createJobsDomain } from '@fairlead/jobs';
import { systemClock } from '@fairlead/testing';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type FromAgent =
  | { readonly kind: 'ready' }
  | { readonly kind: 'status'; readonly state: EngineState }
  | { readonly kind: 'outcome'; readonly outcome: Outcome };

/** Waits that a test can bear; what they bound stays the same. */
const jobSettings = {
  graceMs: 200,
  healthWindowMs: 100,
  deadlineMs: 20_000,
  pollMs: 300,
  longestPauseMs: 300,
};

async function run(dir: string): Promise<void> {
  const tell = (message: FromAgent): void => {
    process.send?.(message);
  };
  const { signal } = new AbortController();
  const logger = createFileLogger(join(dir, 'agent.log'));
  const artifacts = createArtifactStore({
    dir: join(dir, 'artifacts'),
    clock: systemClock,
    logger,
  });
  const jobs = createJobsDomain({
    dir: join(dir, 'jobs'),
    runDir: join(dir, 'runs'),
    logDir: join(dir, 'logs'),
    artifacts,
    clock: systemClock,
    logger,
    random: Math.random,
    socketPath: '',
    environment: { PATH: process.env['PATH'] },
    settings: jobSettings,
  });
  const engine = createEngine({
    domains: [jobs],
    dir: join(dir, 'engine'),
    journalFile: openJournalFile(join(dir, 'journal')),
    clock: systemClock,
    logger,
    random: Math.random,
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    agentVersion: '1',
    freeBytes: async () => Number.MAX_SAFE_INTEGER,
    settings: { healEveryMs: 200, retryBaseMs: 20, retryCapMs: 200 },
  });
  engine.onEvent((event) => {
    tell(event);
    if (event.kind === 'outcome') void engine.acknowledgeOutcome(event.outcome.id);
  });
  process.on('message', (desired) => {
    engine.submit(desired as Desired);
  });
  process.on('disconnect', () => process.exit());
  await engine.start(signal);
  tell({ kind: 'ready' });
}

/** Written at once: the process may be killed at any time. */
function createFileLogger(path: string): Logger {
  const at =
    (level: string) =>
    (message: string, data?: LogData): void => {
      appendFileSync(path, `${JSON.stringify({ time: new Date(), level, message, ...data })}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

if (import.meta.main) await run(process.argv[2] ?? '');
