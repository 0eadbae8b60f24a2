// SPDX-License-Identifier: Apache-2.0
import { git, systemClock, tempDir, waitFor } from '@fairlead/testing';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHeadWatcher, type HeadReport, type HeadWatcher } from '../head-watcher.ts';
import { openRemoteRepository } from './open-remote.ts';
import { remoteHeads } from './remote-heads.ts';
import { newRemote } from './remote.fixture.ts';

interface Watched {
  readonly watcher: HeadWatcher;
  readonly reports: HeadReport[];
  readonly data: string;
  sees(head: string): Promise<unknown>;
}

async function watching(url: string, pollMs: number): Promise<Watched> {
  const data = join(await tempDir('data'), 'data');
  const reports: HeadReport[] = [];
  const clock = systemClock;
  const open = () => openRemoteRepository({ kind: 'http', url }, { data, branch: 'main', clock });
  const heads = remoteHeads({ open, branch: 'main', clock, random: Math.random, pollMs });
  const watcher = createHeadWatcher({ heads, clock });
  const stop = new AbortController();
  const done = watcher.start(stop.signal, (report) => {
    reports.push(report);
  });
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
  const last = (): string => {
    const report = reports.at(-1);
    if (report === undefined) return '';
    return report.kind === 'head' ? report.commit : report.problem.code;
  };
  return {
    watcher,
    reports,
    data,
    sees: (head) => waitFor(() => last() === head, { withinMs: 30_000, what: `a look at ${head}` }),
  };
}

const hour = 3_600_000;

describe('when a branch on another machine is watched', { timeout: 60_000 }, () => {
  it('reports each head once, and every state that it may be in', async () => {
    const remote = await newRemote();
    const first = await remote.ref('refs/heads/main');
    const watched = await watching(remote.url, 20);
    await watched.sees(first);
    const second = await remote.push('second');
    await watched.sees(second);
    expect(watched.reports).toHaveLength(2);
    await git(remote.bare, 'branch', 'other', 'main');
    await git(remote.bare, 'update-ref', '-d', 'refs/heads/main');
    await watched.sees('branch-missing');
    await git(remote.bare, 'update-ref', '-d', 'refs/heads/other');
    await watched.sees('repository-empty');
    await git(remote.clone, 'push', '-q', 'origin', 'main');
    await watched.sees(second);
    remote.http.behave('cut');
    await watched.sees('remote-unreachable');
    remote.http.behave('well');
    await watched.sees(second);
  });

  it('makes its mirror anew when that was deleted, as another repository', async () => {
    const remote = await newRemote();
    const first = await remote.ref('refs/heads/main');
    const watched = await watching(remote.url, 20);
    await watched.sees(first);
    await rm(watched.data, { recursive: true });
    const heads = () => watched.reports.filter((report) => report.kind === 'head');
    await waitFor(() => heads().length === 2);
    const [before, after] = heads();
    expect(after?.repository.identity).not.toBe(before?.repository.identity);
    expect(await after?.repository.objects.commit(first)).toMatchObject({ ok: true });
  });

  it('looks when it is woken, and many wake it as one', async () => {
    const remote = await newRemote();
    const watched = await watching(remote.url, hour);
    await watched.sees(await remote.ref('refs/heads/main'));
    const second = await remote.push('second');
    const before = remote.http.requests().length;
    for (let hook = 0; hook < 200; hook += 1) {
      watched.watcher.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await watched.sees(second);
    // Two to ask and one to fetch; a second look a moment later.
    expect(remote.http.requests().length - before).toBeLessThanOrEqual(5);
  });
});
