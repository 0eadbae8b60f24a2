// SPDX-License-Identifier: Apache-2.0
// Runs the benchmarks one after another, each in a process of its own; names on the command line choose among them.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const benchmarks = [
  'compile',
  'compile-git',
  'cold-start',
  'push-to-offer',
  'streams',
  'fanout',
  'storm',
  'audit',
  'agent',
  'jobs',
] as const;
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !benchmarks.some((known) => known === name));

if (unknown.length > 0) {
  process.stderr.write(`no such benchmark: ${unknown.join(', ')}; there are: ${benchmarks.join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const name of benchmarks.filter((known) => chosen.length === 0 || chosen.includes(known))) {
    process.stderr.write(`${name}…\n`);
    const { status } = spawnSync(
      process.execPath,
      [...process.execArgv, join(import.meta.dirname, `${name}.ts`)],
      { stdio: 'inherit' },
    );
    if (status !== 0) process.exitCode = 1;
  }
}
