// SPDX-License-Identifier: Apache-2.0
import { git, gitEnv, runOk, tempDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { declareDead } from '../declare-dead.fixture.ts';
import { createFaultDisk, PowerCut } from '../fault-disk.ts';
import type { RemoteRepository } from './mirror.ts';
import { entry, newRemote, openMirror, signal } from './remote.fixture.ts';

const log = 'refs/fairlead/revisions';
const main = 'refs/heads/main';
/** For a loaded machine, in milliseconds. */
const allowed = 90_000;

describe('when several servers write one remote, and answers get lost', () => {
  it('holds each entry once, in one line', { timeout: allowed }, async () => {
    const remote = await newRemote();
    const flaky = setInterval(() => {
      remote.http.pushes(Math.random() < 0.3 ? 'after' : 'yes');
    }, 10);
    const each = 3;

    async function stands(mirror: RemoteRepository, text: string): Promise<boolean> {
      const head = await mirror.readRef(log);
      if (!head.ok) return false;
      for (let oid = head.value; oid !== null;) {
        const commit = await mirror.objects.commit(oid);
        if (!commit.ok) throw new Error(commit.error.message);
        if (commit.value.message === text) return true;
        oid = commit.value.parents[0] ?? null;
      }
      return false;
    }

    /** As a server does: reads what stands, writes on top of it, and when that failed looks what became of it. */
    async function write(mirror: RemoteRepository, text: string): Promise<void> {
      for (;;) {
        const known = await mirror.refresh(signal);
        if (!known.ok) continue;
        if (await stands(mirror, text)) return;
        const head = await mirror.readRef(log);
        if (!head.ok) continue;
        const oid = await entry(mirror, head.value, text);
        const moved = await mirror.updateRef({ ref: log, expected: head.value, oid }, signal);
        if (moved.ok) return;
      }
    }

    const writers = ['a', 'b', 'c'].map(async (name) => {
      const mirror = await openMirror(remote.url);
      for (let count = 0; count < each; count += 1) await write(mirror, `${name}${String(count)}`);
    });
    await Promise.all(writers).finally(() => {
      clearInterval(flaky);
    });
    const texts = (await git(remote.bare, 'log', '--format=%s', log)).trim().split('\n');
    const wanted = ['a', 'b', 'c'].flatMap((name) =>
      Array.from({ length: each }, (_, at) => `${name}${String(at)}`),
    );
    expect(texts.sort()).toEqual(wanted);
    await runOk('git', ['fsck', '--strict', '--no-dangling'], { cwd: remote.bare, env: gitEnv });
  });
});

describe('when the power fails while a remote is fetched or written', () => {
  it('is whole after the next look, wherever it was cut', { timeout: allowed }, async () => {
    const remote = await newRemote();
    await remote.push('second');
    let isThrough = false;
    for (let cutAt = 1; !isThrough; cutAt += 5) {
      const data = await tempDir('data');
      const disk = createFaultDisk({ cutAt, kind: 'power' });
      try {
        const mirror = await openMirror(remote.url, { data, disk });
        expect(await mirror.look(signal)).toEqual({ ok: true });
        const head = await mirror.readRef(log);
        if (!head.ok) throw new Error(head.error.message);
        const oid = await entry(mirror, head.value, String(cutAt));
        expect(await mirror.updateRef({ ref: log, expected: head.value, oid }, signal)).toEqual({ ok: true });
      } catch (thrown) {
        if (!(thrown instanceof PowerCut)) throw thrown;
      }
      isThrough = !disk.isOff();
      await declareDead(data);
      const after = await openMirror(remote.url, { data });
      expect(await after.look(signal), `cut at ${String(cutAt)}`).toEqual({ ok: true });
      expect(await after.readRef(log)).toEqual({ ok: true, value: (await remote.ref(log)) || null });
      expect(await after.objects.commit(await remote.ref(main))).toMatchObject({ ok: true });
      await runOk('git', ['fsck', '--strict', '--no-dangling'], { cwd: after.commonDir, env: gitEnv });
    }
  });
});
