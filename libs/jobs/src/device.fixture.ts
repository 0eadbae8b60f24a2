// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createArtifactStore } from '@fairlead/artifacts';
import { silentLogger, type Digest } from '@fairlead/base';
import type { Domain } from '@fairlead/engine';
import { unitDigest, type JobMember, type JobUnit } from '@fairlead/target';
import { systemClock, tempDir } from '@fairlead/testing';
import { onTestFinished } from 'vitest';
import { createJobsDomain, type JobsDomainOptions } from './domain.ts';
import { parseIdentity, type ProcessIdentity } from './process-identity.ts';
import type { JobSettings } from './settings.ts';

/** Waits of seconds become ones that a test can bear; what they bound stays the same. */
export const quickSettings: Partial<JobSettings> = {
  graceMs: 500,
  healthWindowMs: 300,
  deadlineMs: 10_000,
  pollMs: 200,
};

export const member: JobMember = { name: 'job', image: null, configs: [], config: null, definition: null };

/** A job that runs a line of shell. */
export function shellJob(script: string, changes: Partial<JobUnit> = {}): JobUnit {
  return {
    domain: 'jobs',
    name: 'job',
    disabled: false,
    autostart: true,
    requires: [],
    program: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/usr/bin:/bin' },
    inheritEnv: false,
    originId: false,
    daemonize: false,
    dieWithAgent: false,
    stdin: { kind: 'none' },
    ready: { kind: 'started' },
    restart: { enabled: false, limit: 0, pauseMs: 0, onDependencyFail: false },
    stop: { graceMs: null },
    user: null,
    group: null,
    memoryLimit: null,
    chroot: { kind: 'none' },
    members: [{ ...member, name: changes.name ?? 'job' }],
    ...changes,
  };
}

export interface Device {
  readonly dir: string;
  readonly domain: Domain<JobUnit>;
  readonly signal: AbortSignal;
  /** A second driver over the same folders, as the next agent would make it. */
  next(): Promise<Domain<JobUnit>>;
  /** Stage, switch, activate; what fails throws. */
  bring(unit: JobUnit): Promise<void>;
  condition(name?: string): Promise<string>;
  stdout(name?: string): string;
  stderr(name?: string): string;
  process(name?: string): ProcessIdentity | null;
  keeper(name?: string): ProcessIdentity | null;
}

/** A device of its own with a started driver. Whatever the test leaves running is killed when it ends. */
export async function createDevice(changes: Partial<JobsDomainOptions> = {}): Promise<Device> {
  const dir = await tempDir('jobs');
  const { signal } = new AbortController();
  const options: JobsDomainOptions = {
    dir: join(dir, 'jobs'),
    runDir: join(dir, 'run'),
    logDir: join(dir, 'log'),
    artifacts: createArtifactStore({ dir: join(dir, 'artifacts'), clock: systemClock, logger: silentLogger }),
    clock: systemClock,
    logger: silentLogger,
    random: () => 0.5,
    socketPath: '/run/fairlead/agent.sock',
    environment: { PATH: process.env['PATH'], AGENT_ONLY: 'yes' },
    ...changes,
    settings: { ...quickSettings, ...changes.settings },
  };
  const domains: Domain<JobUnit>[] = [];
  const start = async (): Promise<Domain<JobUnit>> => {
    const domain = createJobsDomain(options);
    domains.push(domain);
    await domain.start(signal);
    return domain;
  };
  onTestFinished(async () => {
    for (const domain of domains) await domain.stop();
    const last = await start();
    for (const { name } of await last.observe(signal)) await last.stopUnit(name, signal);
    await last.stop();
  });
  const domain = await start();
  const identity = (file: string, name: string): ProcessIdentity | null =>
    parseIdentity(readNewest(join(dir, 'run', name), file));
  const read = (name: string, stream: string): string => readText(join(dir, 'log', name, `${stream}.log`));
  return {
    dir,
    domain,
    signal,
    next: start,
    bring: async (unit) => {
      await bring(domain, unit);
    },
    condition: async (name = 'job') =>
      (await domain.observe(signal)).find((unit) => unit.name === name)?.condition.kind ?? 'unknown',
    stdout: (name = 'job') => read(name, 'stdout'),
    stderr: (name = 'job') => read(name, 'stderr'),
    process: (name = 'job') => identity('process', name),
    keeper: (name = 'job') => identity('keeper', name),
  };
}

/** Stage, switch, activate; what fails throws. */
async function bring(domain: Domain<JobUnit>, unit: JobUnit): Promise<Digest> {
  const { signal } = new AbortController();
  const digest = unitDigest(unit);
  for (const step of [
    () => domain.stage(unit, signal),
    () => domain.stopUnit(unit.name, signal),
    () => domain.switchUnit(unit.name, digest, signal),
    () => domain.activate(unit, signal),
  ]) {
    const done = await step();
    if (!done.ok) throw new Error(`${done.error.code}: ${done.error.message}`);
  }
  return digest;
}

function readNewest(runs: string, file: string): string {
  try {
    const newest = readdirSync(runs)
      .map(Number)
      .sort((a, b) => b - a)[0];
    return readText(join(runs, String(newest), file));
  } catch {
    return '';
  }
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
