// SPDX-License-Identifier: Apache-2.0
// From a `git push` into the watched repository to the first offer on a stream: whole programs on loopback. Figures on stdout, one JSON
// object; nothing is asserted on time.
import { createDemoFleet, edit } from '@fairlead/fleet-example';
import { git, waitFor } from '@fairlead/testing';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const rounds = 20;

/** When the server sent the first offer of each revision, in milliseconds since 1970. */
const offered = new Map<unknown, number>();
/** Revision of each commit. */
const revisions = new Map<unknown, unknown>();

const dir = await realpath(await mkdtemp(join(tmpdir(), 'fairlead-bench-')));
const fleet = await createDemoFleet({ dir });
try {
  const work = join(dir, 'work');
  await fleet.commit('The fleet begins');
  await git(fleet.repo, 'config', 'receive.denyCurrentBranch', 'ignore');
  await mkdir(work);
  await git(dir, 'clone', '-q', fleet.repo, work);
  const server = await fleet.startServer();
  server.process.onLog(({ msg, time, revision, commit }) => {
    if (msg === 'revision recorded') revisions.set(commit, revision);
    if (msg === 'revision offered' && !offered.has(revision)) offered.set(revision, Date.parse(String(time)));
  });
  for (const device of fleet.devices) {
    const agent = await fleet.startAgent(device, server, { flags: ['--health-window', '100ms'] });
    await agent.ready;
  }
  await waitFor(() => offered.size > 0, { what: 'the first offer' });

  const fromStart: number[] = [];
  const fromEnd: number[] = [];
  let beat = 5000;
  for (let round = 0; round < rounds; round += 1) {
    await edit(work, [
      {
        file: 'running/beacon.json',
        from: `\\"beatMs\\":${String(beat)}`,
        to: `\\"beatMs\\":${String(beat + 1)}`,
      },
    ]);
    beat += 1;
    await git(work, 'commit', '-q', '-a', '-m', `Beat of ${String(beat)} ms`);
    const commit = (await git(work, 'rev-parse', 'HEAD')).trim();
    const start = Date.now();
    await git(work, 'push', '-q', 'origin', 'main');
    const end = Date.now();
    const at = await waitFor(() => offered.get(revisions.get(commit)), { what: 'an offer', everyMs: 5 });
    fromStart.push(at - start);
    fromEnd.push(at - end);
  }
  process.stdout.write(
    `${JSON.stringify({ benchmark: 'push-to-offer', rounds, ms: { fromPushStarted: spread(fromStart), fromPushEnded: spread(fromEnd) }, bar: { median: 250 } })}\n`,
  );
} finally {
  await fleet.stop();
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

function spread(values: readonly number[]): {
  readonly min: number;
  readonly median: number;
  readonly max: number;
} {
  const sorted = values.toSorted((a, b) => a - b);
  return { min: sorted[0] ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}
