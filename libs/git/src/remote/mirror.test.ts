// SPDX-License-Identifier: Apache-2.0
import { git, startGitHttp, tempDir, waitFor } from '@fairlead/testing';
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { entry, newRemote, openMirror, signal } from './remote.fixture.ts';

const log = 'refs/fairlead/revisions';
const main = 'refs/heads/main';

describe('when a repository is on another machine', { timeout: 60_000 }, () => {
  it('is read as one on this machine: branch, log and notes, with all their objects', async () => {
    const remote = await newRemote();
    const mirror = await openMirror(remote.url);
    expect(await mirror.readRef(main)).toMatchObject({ ok: false, error: { code: 'remote-unreachable' } });
    expect(await mirror.refresh(signal)).toEqual({ ok: true });
    const first = await remote.ref(main);
    expect(await mirror.readRef(main)).toEqual({ ok: true, value: first });
    expect(await mirror.objects.commit(first)).toMatchObject({ ok: true, value: { message: 'first\n' } });
    await git(remote.clone, 'notes', '--ref=fairlead', 'add', '-m', 'a note', 'HEAD');
    await git(remote.clone, 'push', '-q', 'origin', 'refs/notes/fairlead', 'main:refs/fairlead/recorded');
    const second = await remote.push('second');
    expect(await mirror.look(signal)).toEqual({ ok: true });
    expect(await mirror.readRef(main)).toEqual({ ok: true, value: second });
    expect(await mirror.listRefs('refs/fairlead/')).toEqual({
      ok: true,
      value: new Map([['refs/fairlead/recorded', first]]),
    });
    expect(await git(mirror.commonDir, 'log', '--notes=fairlead', '--format=%N', '-1', first)).toContain(
      'a note',
    );
    await git(mirror.commonDir, 'fsck', '--strict', '--no-dangling');
  });

  it('is read and written where the host knows only the older protocol', async () => {
    const remote = await newRemote();
    const old = await startGitHttp({ root: join(remote.bare, '..'), old: true });
    onTestFinished(() => old.close());
    const mirror = await openMirror(old.url('fleet.git'));
    expect(await mirror.look(signal)).toEqual({ ok: true });
    const second = await remote.push('second');
    expect(await mirror.look(signal)).toEqual({ ok: true });
    expect(await mirror.readRef(main)).toEqual({ ok: true, value: second });
    const a = await entry(mirror, null, 'a');
    expect(await mirror.updateRef({ ref: log, expected: null, oid: a }, signal)).toEqual({ ok: true });
    expect(await remote.ref(log)).toBe(a);
    await git(mirror.commonDir, 'fsck', '--strict', '--no-dangling');
  });

  it('takes a large history whole, and only what is new after that', async () => {
    const remote = await newRemote();
    // Large enough that the git program makes the index.
    for (let file = 0; file < 30; file += 1)
      await writeFile(join(remote.clone, `file-${String(file)}`), randomBytes(300_000));
    await git(remote.clone, 'add', '-A');
    await remote.push('many');
    const mirror = await openMirror(remote.url);
    await mirror.look(signal);
    const packs = join(mirror.commonDir, 'objects/pack');
    const sizeOf = async (): Promise<number> => {
      const sizes = (await readdir(packs)).map(async (name) => (await stat(join(packs, name))).size);
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    };
    const before = await sizeOf();
    await writeFile(join(remote.clone, 'file-7'), 'changed');
    await git(remote.clone, 'add', '-A');
    await remote.push('one more');
    expect(await mirror.look(signal)).toEqual({ ok: true });
    const grown = (await sizeOf()) - before;
    expect([grown > 0, grown < before / 4]).toEqual([true, true]);
    await git(mirror.commonDir, 'fsck', '--strict', '--no-dangling');
  });

  it('takes each part of the receipts on its own, and packs what has become many files', async () => {
    const remote = await newRemote();
    const data = await tempDir('data');
    const writer = await openMirror(remote.url);
    await writer.refresh(signal);
    for (const name of ['2026-10/a', '2026-11/a', '2026-11/b']) {
      const oid = await entry(writer, null, name);
      const ref = `refs/fairlead/receipts/${name}`;
      expect(await writer.updateRef({ ref, expected: null, oid }, signal)).toEqual({ ok: true });
    }
    const first = await openMirror(remote.url, { data });
    await first.look(signal);
    const packs = async (): Promise<number> =>
      (await readdir(join(first.commonDir, 'objects/pack'))).filter((name) => name.endsWith('.pack')).length;
    await waitFor(async () => (await packs()) === 4);
    await git(first.commonDir, 'config', 'gc.autoPackLimit', '1');
    // One that is packing already keeps another from it.
    await waitFor(
      async () => {
        await remote.push('one more');
        await (await openMirror(remote.url, { data })).look(signal);
        return waitFor(async () => (await packs()) === 1, { withinMs: 1000 }).catch(() => false);
      },
      { withinMs: 30_000 },
    );
    const second = await remote.ref(main);
    expect(await first.look(signal)).toEqual({ ok: true });
    expect(await first.objects.commit(second)).toMatchObject({ ok: true });
  });

  it('sees a log that was cut there, and a branch that went away', async () => {
    const remote = await newRemote();
    const mirror = await openMirror(remote.url);
    await mirror.refresh(signal);
    const a = await entry(mirror, null, 'a');
    await mirror.updateRef({ ref: log, expected: null, oid: a }, signal);
    await git(remote.bare, 'update-ref', '-d', log);
    await git(remote.bare, 'update-ref', '-d', main);
    expect(await mirror.look(signal)).toEqual({ ok: true });
    expect(await mirror.readRef(log)).toEqual({ ok: true, value: null });
    expect(await mirror.readRef(main)).toEqual({ ok: true, value: null });
    expect(mirror.hasBranches()).toBe(false);
    // What was cut stays here.
    await git(mirror.commonDir, 'gc', '-q', '--prune=now');
    expect(await mirror.objects.commit(a)).toMatchObject({ ok: true });
  });

  it('asks for references only where nothing changed', async () => {
    const remote = await newRemote();
    const mirror = await openMirror(remote.url);
    await mirror.look(signal);
    const before = remote.http.requests().length;
    await mirror.look(signal);
    expect(remote.http.requests().slice(before)).toEqual([
      'GET /fleet.git/info/refs?service=git-upload-pack',
      'POST /fleet.git/git-upload-pack',
    ]);
  });

  it('is written there first, and only where the reference is what was read', async () => {
    const remote = await newRemote();
    const [mine, theirs] = [await openMirror(remote.url), await openMirror(remote.url)];
    await mine.refresh(signal);
    await theirs.refresh(signal);
    const a = await entry(mine, null, 'a');
    expect(await mine.updateRef({ ref: log, expected: null, oid: a }, signal)).toEqual({ ok: true });
    expect(await remote.ref(log)).toBe(a);
    const lost = await entry(theirs, null, 'lost');
    expect(await theirs.updateRef({ ref: log, expected: null, oid: lost }, signal)).toMatchObject({
      ok: false,
      error: { kind: 'lost', actual: a, problem: { code: 'ref-contended' } },
    });
    const b = await entry(theirs, a, 'b');
    expect(await theirs.updateRef({ ref: log, expected: a, oid: b }, signal)).toEqual({ ok: true });
    // A fast-forward of what is there is not enough: it must be what was expected.
    const c = await entry(mine, a, 'c');
    expect(await mine.updateRef({ ref: log, expected: a, oid: c }, signal)).toMatchObject({
      error: { kind: 'lost', actual: b },
    });
    expect(await remote.ref(log)).toBe(b);
    await git(remote.bare, 'fsck', '--strict', '--no-dangling');
  });

  it('keeps a commit by a reference of ours after the branch was rewritten there', async () => {
    const remote = await newRemote();
    const mirror = await openMirror(remote.url);
    const recorded = await remote.push('recorded');
    await mirror.refresh(signal);
    await git(remote.clone, 'commit', '-q', '--amend', '--allow-empty', '-m', 'rewritten');
    await git(remote.clone, 'push', '-q', '-f', 'origin', 'main');
    await git(remote.bare, 'gc', '-q', '--prune=now');
    expect(await git(remote.bare, 'log', '--all', '--format=%s')).not.toContain('recorded');
    await mirror.look(signal);
    const update = { ref: 'refs/fairlead/recorded', expected: null, oid: recorded };
    expect(await mirror.updateRef(update, signal)).toEqual({ ok: true });
    await git(remote.bare, 'gc', '-q', '--prune=now');
    expect(await git(remote.bare, 'log', '-1', '--format=%s', recorded)).toBe('recorded\n');
  });

  it('comes back whole when its folder was deleted or damaged', async () => {
    const remote = await newRemote();
    const data = await tempDir('data');
    const before = await openMirror(remote.url, { data });
    await before.refresh(signal);
    const a = await entry(before, null, 'a');
    await before.updateRef({ ref: log, expected: null, oid: a }, signal);
    const pack = `${before.commonDir}/objects/pack`;
    for (const name of await readdir(pack)) await rm(`${pack}/${name}`);
    for (const damage of [async () => undefined, () => rm(data, { recursive: true })]) {
      await damage();
      const after = await openMirror(remote.url, { data });
      expect(await after.refresh(signal)).toEqual({ ok: true });
      expect(await after.readRef(log)).toEqual({ ok: true, value: a });
      expect(await after.objects.commit(await remote.ref(main))).toMatchObject({ ok: true });
    }
  });
});
