// SPDX-License-Identifier: Apache-2.0
// A program of its own that brings one job up as an agent would, says so, and waits to be killed.
import { join } from 'node:path';
import { createArtifactStore } from '@fairlead/artifacts';
import { createClock, silentLogger } from '@fairlead/base';
import { unitDigest, type JobUnit } from '@fairlead/target';
import { createJobsDomain } from './domain.ts';

const [dir = '', text = ''] = process.argv.slice(2);
const unit = JSON.parse(text) as JobUnit;
const { signal } = new AbortController();
const clock = createClock({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule: (callback, ms) => {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  },
});
const domain = createJobsDomain({
  dir: join(dir, 'jobs'),
  runDir: join(dir, 'run'),
  logDir: join(dir, 'log'),
  artifacts: createArtifactStore({ dir: join(dir, 'artifacts'), clock, logger: silentLogger }),
  clock,
  logger: silentLogger,
  random: () => 0.5,
  socketPath: '',
  environment: { PATH: process.env['PATH'] },
  settings: { graceMs: 500 },
});
await domain.start(signal);
await domain.stage(unit, signal);
await domain.switchUnit(unit.name, unitDigest(unit), signal);
await domain.activate(unit, signal);
await domain.ready(unit, signal);
console.log(JSON.stringify({ event: 'ready' }));
setInterval(() => undefined, 1_000);
