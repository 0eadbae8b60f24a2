// SPDX-License-Identifier: Apache-2.0
import { digestHex } from '@fairlead/base';
import { unitDigest } from '@fairlead/target';
import { waitFor } from '@fairlead/testing';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Commit } from './job-commits.fixture.ts';
import { descriptorsOf, runningIn } from './jobs-device.fixture.ts';

/** Jobs that were killed are started again, so it may take a moment. */
export async function expectRunning(dir: string, { runs }: Commit): Promise<void> {
  let last: unknown;
  await waitFor(
    async () => {
      last = await runningIn(dir);
      return JSON.stringify(sorted(last as typeof runs)) === JSON.stringify(sorted(runs));
    },
    { what: 'exactly what the commit says', withinMs: 30_000 },
  ).catch(() => undefined);
  expect(last).toEqual(runs);
}

const sorted = (counts: Readonly<Record<string, number>>): readonly (readonly [string, number])[] =>
  Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** Of two commits with the same jobs: the one before is the way back. */
export async function expectFolders(dir: string, before: Commit, now: Commit): Promise<void> {
  const expected = Object.fromEntries(
    now.state.units.map((unit) => [
      unit.name,
      [before, now]
        .flatMap(({ state }) => state.units.filter(({ name }) => name === unit.name))
        .map((version) => digestHex(unitDigest(version)))
        .toSorted(),
    ]),
  );
  const images = new Set(
    now.state.units.flatMap((unit) =>
      unit.domain === 'jobs' ? unit.members.flatMap(({ image }) => image?.digest ?? []) : [],
    ),
  );
  const units = join(dir, 'jobs/units');
  const list = async (path: string): Promise<readonly string[]> =>
    (await readdir(path).catch(() => [])).toSorted();
  let found: object = {};
  await waitFor(
    async () => {
      const names = await list(units);
      const versions = names.map(async (name) => [name, await list(join(units, name, 'versions'))] as const);
      found = {
        versions: Object.fromEntries(await Promise.all(versions)),
        images: (await list(join(dir, 'jobs/images'))).length,
        runs: (
          await Promise.all((await list(join(dir, 'runs'))).map((name) => list(join(dir, 'runs', name))))
        )
          .map(({ length }) => length)
          .filter((length) => length > 1),
        targets: (await list(join(dir, 'engine/targets'))).length,
      };
      return (
        JSON.stringify(found) ===
        JSON.stringify({ versions: expected, images: images.size, runs: [], targets: 2 })
      );
    },
    { what: 'no folder too many', withinMs: 20_000 },
  ).catch(() => undefined);
  expect(found).toEqual({ versions: expected, images: images.size, runs: [], targets: 2 });
}

/** A job has its three streams, and nothing that its agent opened; what this test was given when it was started is passed on. */
export async function expectBare(pid: number): Promise<void> {
  const given = Object.values(await descriptorsOf('self'));
  const { 0: _in, 1: _out, 2: _err, ...more } = await descriptorsOf(String(pid));
  expect(Object.values(more).filter((link) => !given.includes(link))).toEqual([]);
}

export function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
