// SPDX-License-Identifier: Apache-2.0
import { createArtifactStore } from '@fairlead/artifacts';
import { silentLogger } from '@fairlead/base';
import { createJobsDomain } from '@fairlead/jobs';
import { unitDigest, type JobUnit } from '@fairlead/target';
import { systemClock, tempDir, waitFor } from '@fairlead/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Runs a unit to its end by the driver of the agent, and gives the files that it wrote into its working folder. */
export async function runToItsEnd(
  unit: JobUnit,
  socketPath: string,
): Promise<(file: string) => Promise<string>> {
  const dir = await tempDir('conformance');
  const { signal } = new AbortController();
  const domain = createJobsDomain({
    dir: join(dir, 'jobs'),
    runDir: join(dir, 'runs'),
    logDir: join(dir, 'logs'),
    artifacts: createArtifactStore({
      dir: join(dir, 'artifacts'),
      clock: systemClock,
      logger: silentLogger,
    }),
    clock: systemClock,
    logger: silentLogger,
    random: Math.random,
    socketPath,
    environment: { PATH: process.env['PATH'] },
  });
  await domain.start(signal);
  try {
    for (const step of [
      () => domain.stage(unit, signal),
      () => domain.switchUnit(unit.name, unitDigest(unit), signal),
      () => domain.activate(unit, signal),
    ]) {
      const done = await step();
      if (!done.ok) throw new Error(`${done.error.code}: ${done.error.message}`);
    }
    await waitFor(async () => {
      const [{ condition } = { condition: { kind: 'stopped' } }] = await domain.observe(signal);
      return condition.kind === 'finished' || condition.kind === 'failed';
    });
    return (file) => readFile(join(dir, 'jobs/units', unit.name, 'work', file), 'utf8');
  } finally {
    await domain.stopUnit(unit.name, signal);
    await domain.stop();
  }
}
