// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createArtifactStore } from '@fairlead/artifacts';
import { silentLogger } from '@fairlead/base';
import type { Domain, ObservedUnit } from '@fairlead/engine';
import { createJobsDomain } from '@fairlead/jobs';
import { unitDigest, type JobUnit } from '@fairlead/target';
import { systemClock } from '@fairlead/testing/system-clock';
import { waitFor } from '@fairlead/testing/wait-for';

type Condition = ObservedUnit['condition'];

/** The driver of jobs as an agent starts it, in a control group that is its own. */
export interface Agent {
  readonly domain: Domain<JobUnit>;
  readonly signal: AbortSignal;
  /** Stage, switch, activate; what fails throws. */
  bring(unit: JobUnit): Promise<void>;
  /** Waits for a condition of this kind. */
  reached(name: string, kind: Condition['kind']): Promise<Condition>;
  /** Process number of a unit's first run, as its keeper noted it. */
  pid(name: string): string;
  /** Names of the groups below the agent's, sorted. */
  groups(): readonly string[];
  /** A file of the group of a unit. */
  groupFile(name: string, file: string): string;
}

/** `dir`: the device's folder; `group`: that of the control group. */
export async function startAgent(dir: string, group: string): Promise<Agent> {
  const { signal } = new AbortController();
  const runDir = join(dir, 'run');
  const domain = createJobsDomain({
    dir: join(dir, 'jobs'),
    runDir,
    logDir: join(dir, 'log'),
    artifacts: createArtifactStore({ dir: join(dir, 'artifacts'), clock: systemClock, logger: silentLogger }),
    clock: systemClock,
    logger: silentLogger,
    random: () => 0.5,
    socketPath: '',
    environment: { PATH: process.env['PATH'] },
    settings: { graceMs: 500, pollMs: 500 },
  });
  await domain.start(signal);
  const groups = (): readonly string[] =>
    readdirSync(group, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  return {
    domain,
    signal,
    bring: async (unit) => {
      for (const step of [
        () => domain.stage(unit, signal),
        () => domain.switchUnit(unit.name, unitDigest(unit), signal),
        () => domain.activate(unit, signal),
      ]) {
        const done = await step();
        if (!done.ok) throw new Error(`${done.error.code}: ${done.error.message}`);
      }
    },
    reached: (name, kind) =>
      waitFor(
        async () => {
          const units = await domain.observe(signal);
          const condition = units.find((unit) => unit.name === name)?.condition;
          return condition?.kind === kind && condition;
        },
        { what: `${name} being ${kind}` },
      ),
    pid: (name) => readFileSync(join(runDir, name, '1/process'), 'utf8').split(' ')[0] ?? '',
    groups,
    groupFile: (name, file) => {
      const [own] = groups().filter((each) => each.endsWith(`-${name}-1`));
      const path = join(group, own ?? name, file);
      return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
    },
  };
}
