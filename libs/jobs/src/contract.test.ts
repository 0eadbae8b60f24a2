// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createArtifactStore } from '@fairlead/artifacts';
import { silentLogger } from '@fairlead/base';
import { describeDomainContract } from '@fairlead/engine/contract';
import { systemClock } from '@fairlead/testing';
import { quickSettings, shellJob } from './device.fixture.ts';
import { createJobsDomain } from './domain.ts';

describeDomainContract('jobs', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'fairlead-jobs-'));
  const open = () =>
    createJobsDomain({
      dir: join(dir, 'jobs'),
      runDir: join(dir, 'run'),
      logDir: join(dir, 'log'),
      artifacts: createArtifactStore({
        dir: join(dir, 'artifacts'),
        clock: systemClock,
        logger: silentLogger,
      }),
      clock: systemClock,
      logger: silentLogger,
      random: Math.random,
      settings: quickSettings,
      socketPath: '',
      environment: { PATH: process.env['PATH'] },
    });
  return {
    open,
    unit: (name, version) =>
      shellJob(`echo "version ${String(version)} !!OK!!"; exec sleep 60`, {
        name,
        ready: { kind: 'ok-string', timeoutMs: 0 },
      }),
    async dispose() {
      const { signal } = new AbortController();
      const domain = open();
      await domain.start(signal);
      for (const { name } of await domain.observe(signal)) await domain.stopUnit(name, signal);
      await domain.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
});
