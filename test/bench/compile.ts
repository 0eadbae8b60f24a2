// SPDX-License-Identifier: Apache-2.0
// Compiles a large fleet: cold, and after one changed file. Figures on stdout, one JSON object; nothing is asserted on time.
import { createCompiler, type Compiled, type Compiler } from '@fairlead/compiler';
import { FairleadError } from '@fairlead/base';
import { commitOf, deviceId, largeFleet, runningConfig } from './large-fleet.ts';

const size = { groups: 1_000, devices: 10_000 };
const rounds = 5;

const fleet = largeFleet(size);
let generation = 0;

async function timed(
  compiler: Compiler,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<{ readonly ms: number; readonly compiled: Compiled }> {
  generation += 1;
  const { input } = commitOf(files, generation);
  const begin = performance.now();
  const compiled = await compiler.compile(input);
  const ms = performance.now() - begin;
  if (compiled.kind !== 'compiled')
    throw new FairleadError({
      code: 'internal',
      message: `refused: ${JSON.stringify(compiled.diagnostics[0])}`,
    });
  return { ms, compiled };
}

function median(values: readonly number[]): number {
  return Math.round((values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0) * 10) / 10;
}

/** Each round changes one file again, so that no round meets its own result. */
async function afterChange(change: (round: number) => readonly [string, unknown]): Promise<number> {
  const compiler = createCompiler();
  await timed(compiler, fleet);
  const times: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const [path, value] = change(round);
    const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
    times.push((await timed(compiler, new Map([...fleet, [path, Buffer.from(text)]]))).ms);
  }
  return median(times);
}

const text = (path: string): string => Buffer.from(fleet.get(path) ?? []).toString('utf8');
const { compiled } = await timed(createCompiler(), fleet);
const bytes = [...fleet.values()].reduce((sum, file) => sum + file.byteLength, 0);
const cold: number[] = [];
for (let round = 0; round < rounds; round += 1) cold.push((await timed(createCompiler(), fleet)).ms);

const figures = {
  benchmark: 'compile',
  ...size,
  bytes,
  targets: compiled.bodies.size,
  ms: {
    cold: median(cold),
    unchanged: await afterChange((round) => ['README.md', String(round)]),
    oneRunningConfig: await afterChange((round) => [
      'running/group-7.json',
      runningConfig('group-7', 1 + round),
    ]),
    oneDeviceMoved: await afterChange((round) => [
      'devices.json',
      text('devices.json').replace(/"group": "group-7"/, `"group": "group-${String(7 + round)}"`),
    ]),
    oneDeviceAdded: await afterChange((round) => [
      'devices.json',
      text('devices.json').replace('{', `{ "${deviceId(-round)}": { "group": "group-1" },`),
    ]),
    fleetFile: await afterChange((round) => [
      'fleet.json',
      text('fleet.json').replace('{', `{ "vars": { "round": "${String(round)}" },`),
    ]),
    sharedTemplates: await afterChange((round) => [
      'running/templates.json',
      text('running/templates.json').replace('"restart_limit": 5', `"restart_limit": ${String(5 + round)}`),
    ]),
  },
};
console.log(JSON.stringify(figures));
