// SPDX-License-Identifier: Apache-2.0
import { git, gitEnv, runOk, waitFor } from '@fairlead/testing';
import { parseManifest } from '@fairlead/trust/verify';
import { chmod, cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bareOf,
  devices,
  fairlead,
  newFleet,
  noteOn,
  recordOf,
  recordsIn,
  startServer,
  type Fleet,
} from './server.fixture.ts';

const allowed = 120_000;

async function sound(repo: string): Promise<void> {
  await runOk('git', ['fsck', '--strict', '--no-dangling'], { cwd: repo, env: gitEnv });
}

async function push({ dir }: Fleet, ...args: readonly string[]): Promise<void> {
  await git(dir, 'push', '-q', ...args, 'origin', 'main');
}

describe('when commits arrive', () => {
  it(
    'records each pushed one, before and after gc, and notes it',
    async () => {
      const fleet = await newFleet();
      const bare = await bareOf(fleet);
      const server = await startServer(fleet, bare);
      await recordOf(bare, 'revision', await fleet.head());
      await server.isReady();
      const second = await fleet.commit({ 'README.md': 'two' });
      await push(fleet);
      await recordOf(bare, 'revision', second);
      // Pruning at once is Git's word for: nobody writes now.
      await noteOn(bare, second, '2 pending');
      await git(bare, 'pack-refs', '--all');
      await git(bare, 'gc', '-q', '--prune=now');
      const third = await fleet.commit({ 'README.md': 'three' });
      await push(fleet);
      await recordOf(bare, 'revision', third);
      expect(await noteOn(bare, third, '2 pending')).toMatch(
        /^Revision sha256:[0-9a-f]{64} \(counter 3\)\n\ngateways: /,
      );
      await noteOn(bare, second, `Superseded by ${third}`);
      expect((await recordsIn(bare)).map(({ kind }) => kind)).toEqual(['revision', 'revision', 'revision']);
      expect(await server.program.end('SIGTERM')).toEqual({ code: 0, signal: null });
      await sound(bare);
    },
    allowed,
  );

  it(
    'follows a work tree, and records what arrives together while applying the newest',
    async () => {
      const fleet = await newFleet();
      const server = await startServer(fleet, fleet.dir);
      await recordOf(fleet.dir, 'revision', await fleet.head());
      await git(fleet.dir, 'checkout', '-q', '-b', 'aside');
      const commits = [
        await fleet.commit({ a: '1' }),
        await fleet.commit({ a: '2' }),
        await fleet.commit({ a: '3' }),
      ];
      const [one = '', two = '', three = ''] = commits;
      await git(fleet.dir, 'update-ref', 'refs/heads/main', three);
      await recordOf(fleet.dir, 'revision', three);
      expect(await recordOf(fleet.dir, 'skipped', one)).toMatchObject({ by: three });
      expect(await recordOf(fleet.dir, 'skipped', two)).toMatchObject({ by: three });
      await noteOn(fleet.dir, one, 'Skipped');
      await server.isReady();
    },
    allowed,
  );

  it(
    'records both of two 5 ms apart, the newest applied',
    async () => {
      const fleet = await newFleet();
      const bare = await bareOf(fleet);
      await startServer(fleet, bare);
      await recordOf(bare, 'revision', await fleet.head());
      const one = await fleet.commit({ a: '1' });
      const two = await fleet.commit({ a: '2' });
      await git(fleet.dir, 'push', '-q', 'origin', 'main:refs/heads/aside');
      await git(bare, 'update-ref', 'refs/heads/main', one);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await git(bare, 'update-ref', 'refs/heads/main', two);
      await recordOf(bare, 'revision', two);
      const ofOne = (await recordsIn(bare)).filter((record) => 'commit' in record && record.commit === one);
      expect(ofOne).toHaveLength(1);
      expect(['revision', 'skipped']).toContain(ofOne[0]?.kind);
    },
    allowed,
  );

  it(
    'refuses a rewritten history for as long as it lasts, and goes on with a merge of it',
    async () => {
      const fleet = await newFleet();
      const bare = await bareOf(fleet);
      const first = await fleet.head();
      const second = await fleet.commit({ a: '2' });
      await push(fleet);
      const server = await startServer(fleet, bare);
      await recordOf(bare, 'revision', second);
      await git(fleet.dir, 'reset', '-q', '--hard', first);
      const other = await fleet.commit({ b: '2' });
      await push(fleet, '--force');
      expect(await recordOf(bare, 'refused', other)).toMatchObject({ code: 'history-rewritten' });
      await server.reports('history-rewritten');
      await noteOn(bare, other, 'history-rewritten');
      await git(fleet.dir, 'merge', '-q', '-m', 'both', second);
      const merge = await fleet.head();
      await push(fleet);
      await recordOf(bare, 'revision', merge);
      await server.isReady();
      const kinds = (await recordsIn(bare)).map((record) => record.kind);
      expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(1);
    },
    allowed,
  );

  it(
    'keeps the recorded commit of a rewritten history through gc, for a clone to merge it back in',
    async () => {
      const fleet = await newFleet();
      const bare = await bareOf(fleet);
      const first = await fleet.head();
      const recorded = await fleet.commit({ a: '2' });
      await push(fleet);
      await startServer(fleet, bare);
      await recordOf(bare, 'revision', recorded);
      await git(fleet.dir, 'reset', '-q', '--hard', first);
      const other = await fleet.commit({ b: '2' });
      await push(fleet, '--force');
      await recordOf(bare, 'refused', other);
      for (const repo of [bare, fleet.dir]) {
        await git(repo, 'update-ref', '-d', 'refs/remotes/origin/main');
        await git(repo, 'update-ref', '-d', 'ORIG_HEAD');
        await git(repo, 'reflog', 'expire', '--expire=now', '--all');
        await git(repo, 'gc', '-q', '--prune=now');
      }
      await git(fleet.dir, 'fetch', '-q', 'origin', 'refs/fairlead/recorded');
      expect((await git(fleet.dir, 'rev-parse', 'FETCH_HEAD')).trim()).toBe(recorded);
      await git(fleet.dir, 'merge', '-q', '-m', 'both', 'FETCH_HEAD');
      await push(fleet);
      await recordOf(bare, 'revision', await fleet.head());
      await sound(bare);
    },
    allowed,
  );

  it(
    'waits while the branch is gone, and goes on when it is back',
    async () => {
      const fleet = await newFleet();
      const bare = await bareOf(fleet);
      const server = await startServer(fleet, bare);
      const head = await fleet.head();
      await recordOf(bare, 'revision', head);
      await git(bare, 'branch', 'aside', 'main');
      await git(bare, 'update-ref', '-d', 'refs/heads/main');
      await server.reports('branch-missing');
      const { grpc } = await server.program.ready();
      expect(await fairlead('status', '--server', String(grpc), '--keys', fleet.keys)).toMatchObject({
        problems: [
          {
            area: 'repository',
            code: 'branch-missing',
            message: expect.any(String),
            hint: expect.any(String),
          },
        ],
      });
      await git(bare, 'update-ref', 'refs/heads/main', head);
      await server.isReady();
      await rename(bare, `${bare}.away`);
      await server.reports('repository-missing');
      await cp(`${bare}.away`, bare, { recursive: true });
      await server.isReady();
      const next = await fleet.commit({ a: '2' });
      await push(fleet);
      await recordOf(bare, 'revision', next);
      expect((await recordsIn(bare)).filter(({ kind }) => kind === 'revision')).toHaveLength(2);
    },
    allowed,
  );

  it(
    'reports a corrupt object, and goes on when it is mended',
    async () => {
      const fleet = await newFleet();
      const server = await startServer(fleet, fleet.dir);
      await recordOf(fleet.dir, 'revision', await fleet.head());
      await git(fleet.dir, 'checkout', '-q', '-b', 'aside');
      const next = await fleet.commit({ 'devices.json': { [devices[0]]: { group: 'gateways' } } });
      const oid = (await git(fleet.dir, 'rev-parse', 'HEAD:devices.json')).trim();
      const path = join(fleet.dir, '.git/objects', oid.slice(0, 2), oid.slice(2));
      const whole = await readFile(path);
      await chmod(path, 0o644);
      await writeFile(path, whole.subarray(0, 10));
      await git(fleet.dir, 'update-ref', 'refs/heads/main', next);
      await server.reports('object-corrupt');
      expect((await recordsIn(fleet.dir)).filter((record) => record.kind === 'refused')).toEqual([]);
      await writeFile(path, whole);
      await recordOf(fleet.dir, 'revision', next);
      await server.isReady();
    },
    allowed,
  );
});

describe('when the repository is one that cannot be read rightly', () => {
  it(
    'says so, stays up, and starts once it can',
    async () => {
      const fleet = await newFleet();
      const late = join(fleet.dir, '..', 'late');
      const server = await startServer(fleet, late);
      await server.reports('repository-missing');
      await git(fleet.dir, 'init', '-q', '-b', 'main', '--object-format=sha256', late);
      await server.reports('repository-unsupported');
      await rm(late, { recursive: true });
      await git(fleet.dir, 'init', '-q', '-b', 'main', late);
      await server.reports('repository-empty');
      await git(late, 'config', 'extensions.refStorage', 'reftable');
      await server.reports('repository-unsupported');
      await git(late, 'config', '--unset', 'extensions.refStorage');
      await git(late, 'fetch', '-q', '--depth', '1', `file://${fleet.dir}`, 'main:other');
      await server.reports('shallow-clone');
      await git(late, 'fetch', '-q', '--unshallow', fleet.dir, 'main').catch(() => undefined);
      await rm(join(late, '.git/shallow'), { force: true });
      await server.reports('branch-missing');
      await git(late, 'update-ref', 'refs/heads/main', 'refs/heads/other');
      await recordOf(late, 'revision', await fleet.head());
      await server.isReady();
    },
    allowed,
  );
});

describe('when a server is killed in the middle of a burst of pushes', () => {
  it(
    'records each revision once, versions rise, and nothing hangs on its data folder',
    async () => {
      const fleet = await newFleet();
      const bare = await bareOf(fleet);
      const data = join(fleet.dir, '..', 'data');
      let server = await startServer(fleet, bare, { data });
      await recordOf(bare, 'revision', await fleet.head());
      for (let round = 0; round < 3; round += 1) {
        let head = '';
        for (let i = 0; i < 4; i += 1) {
          head = await fleet.commit({ burst: `${round}.${i}` });
          await push(fleet);
          if (i === round + 1) await server.program.end('SIGKILL');
        }
        await rm(data, { recursive: true, force: true });
        server = await startServer(fleet, bare, { data });
        await recordOf(bare, 'revision', head);
        await sound(bare);
      }
      await server.isReady();
      const revisions = (await recordsIn(bare)).filter((record) => record.kind === 'revision');
      expect(new Set(revisions.map(({ commit }) => commit)).size).toBe(revisions.length);
      const versions = revisions.map(
        ({ timestamp }) => (JSON.parse(timestamp) as { signed: { version: number } }).signed.version,
      );
      expect(versions).toEqual(versions.map((_, index) => index + 1));
      const counters = revisions.map(({ manifest }) => {
        const read = parseManifest(Buffer.from(manifest));
        return read.ok ? read.value.counter : 0;
      });
      expect(counters).toEqual([...new Set(counters)].sort((a, b) => a - b));
      await waitFor(async () =>
        (await git(bare, 'for-each-ref', '--format=%(refname)')).includes('refs/notes/fairlead'),
      );
    },
    allowed,
  );
});
