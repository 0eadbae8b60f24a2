// SPDX-License-Identifier: Apache-2.0
// As `compile`, but read from a real repository: what a server does when it starts, and when one file is pushed after that.
// Figures on stdout, one JSON object; nothing is asserted on time.
import { FairleadError } from '@fairlead/base';
import { createCompiler } from '@fairlead/compiler';
import { createSnapshotReader, openRepository, type Repository } from '@fairlead/git';
import { git, systemClock } from '@fairlead/testing';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { largeFleet, runningConfig } from './large-fleet.ts';

const size = { groups: 1_000, devices: 10_000 };
const rounds = 5;
const signal = new AbortController().signal;

const dir = await mkdtemp(join(tmpdir(), 'fairlead-bench-'));
try {
  await git(dir, 'init', '-q', '-b', 'main');
  for (const [path, content] of largeFleet(size)) await write(path, content);
  await commit('A large fleet');
  await git(dir, 'gc', '-q');

  const cold: number[] = [];
  for (let round = 0; round < rounds; round += 1) cold.push(await (await open())());
  const warm = await open();
  await warm();
  const changed: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await write(
      'running/group-7.json',
      Buffer.from(JSON.stringify(runningConfig('group-7', 1 + round), null, 2)),
    );
    await commit(`Change ${String(round)}`);
    changed.push(await warm());
  }
  process.stdout.write(
    `${JSON.stringify({ benchmark: 'compile-git', ...size, ms: { cold: median(cold), oneRunningConfig: median(changed) }, bar: { cold: 5_000, oneRunningConfig: 100 } })}\n`,
  );
} finally {
  await rm(dir, { recursive: true, force: true });
}

/** Opens the repository anew; what it gives compiles the head and tells how long that took, in milliseconds. */
async function open(): Promise<() => Promise<number>> {
  const opened = await openRepository(dir, { clock: systemClock });
  const repository = valueOf(opened);
  const snapshots = createSnapshotReader(repository.objects);
  const compiler = createCompiler();
  return async () => {
    const begin = performance.now();
    const head = valueOf(await repository.readRef('refs/heads/main')) ?? '';
    const { tree, time, files } = valueOf(await snapshots.read(head));
    const generation = valueOf(await repository.ancestry.generation(head));
    const result = await compiler.compile({
      commit: head,
      tree,
      time,
      branch: 'main',
      generation,
      files,
      read: reader(repository),
    });
    const ms = performance.now() - begin;
    if (result.kind !== 'compiled')
      throw new FairleadError({
        code: 'internal',
        message: `refused: ${JSON.stringify(result.diagnostics[0])}`,
      });
    return ms;
  };
}

function reader(repository: Repository) {
  return async (oids: readonly string[], maxBytes: number): Promise<ReadonlyMap<string, Uint8Array>> => {
    const blobs = await repository.blobs(oids, { maxBytes, signal });
    return new Map([...blobs].map(([oid, blob]) => [oid, valueOf(blob)]));
  };
}

function valueOf<T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly error: { readonly message: string } },
): T {
  if (result.ok) return result.value;
  throw new FairleadError({ code: 'internal', message: result.error.message });
}

async function write(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), content);
}

async function commit(message: string): Promise<void> {
  await git(dir, 'add', '-A');
  await git(dir, 'commit', '-q', '-m', message);
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}
