// SPDX-License-Identifier: Apache-2.0
import { silentLogger } from '@fairlead/base';
import { git, systemClock, tempDir, waitFor } from '@fairlead/testing';
import { chmod, cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHeadWatcher, type HeadReport, type HeadWatcher } from './head-watcher.ts';
import { localHeads } from './local-heads.ts';

/** Long enough that what a test sees within its time came from a file event. */
const never = 600_000;

interface Watched {
  readonly reports: HeadReport[];
  readonly watcher: HeadWatcher;
  last(): string;
  sees(head: string): Promise<unknown>;
}

function watching(path: string, pollMs: number): Watched {
  const stop = new AbortController();
  const reports: HeadReport[] = [];
  const heads = localHeads({ path, branch: 'main', clock: systemClock, logger: silentLogger, pollMs });
  const watcher = createHeadWatcher({ heads, clock: systemClock });
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
    reports,
    watcher,
    last,
    sees: (head) =>
      waitFor(() => last() === head, { withinMs: 10_000, what: `a look at ${head}, last ${last()}` }),
  };
}

async function bareWithClone(): Promise<{ readonly bare: string; readonly clone: string }> {
  const dir = await tempDir('watch');
  const [bare, clone] = [join(dir, 'bare.git'), join(dir, 'clone')];
  await git(dir, 'init', '-q', '--bare', '-b', 'main', bare);
  await git(dir, 'clone', '-q', bare, clone);
  await git(clone, 'checkout', '-q', '-b', 'main');
  return { bare, clone };
}

async function commit(dir: string, message: string): Promise<string> {
  await git(dir, 'commit', '-q', '--allow-empty', '-m', message);
  return (await git(dir, 'rev-parse', 'HEAD')).trim();
}

async function pushed(clone: string, message: string): Promise<string> {
  const head = await commit(clone, message);
  await git(clone, 'push', '-q', 'origin', 'main');
  return head;
}

describe('when a branch is watched by file events', () => {
  it('reports a push, and each head once', async () => {
    const { bare, clone } = await bareWithClone();
    const first = await pushed(clone, 'one');
    const watched = watching(bare, never);
    await watched.sees(first);
    const second = await pushed(clone, 'two');
    await watched.sees(second);
    expect(watched.reports).toHaveLength(2);
  });

  it('reports a commit in a work tree', async () => {
    const { clone } = await bareWithClone();
    const first = await commit(clone, 'one');
    const watched = watching(clone, never);
    await watched.sees(first);
    await watched.sees(await commit(clone, 'two'));
  });

  it('ends at the last of two updates 5 ms apart', async () => {
    const { bare, clone } = await bareWithClone();
    let before = await pushed(clone, 'one');
    const heads: string[] = [];
    for (let i = 0; i < 12; i += 1) heads.push(await commit(clone, String(i)));
    await git(clone, 'push', '-q', 'origin', 'main:refs/heads/held');
    const watched = watching(bare, never);
    await watched.sees(before);
    const ref = join(bare, 'refs/heads/main');
    for (let i = 0; i < heads.length; i += 2) {
      const [a = '', b = ''] = heads.slice(i, i + 2);
      for (const [value, pause] of [
        [a, 5],
        [b, 0],
      ] as const) {
        await writeFile(`${ref}.lock`, `${value}\n`);
        await rename(`${ref}.lock`, ref);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
      before = b;
      await watched.sees(before);
    }
  });

  it('sees no change in gc and pack-refs, and the next push after them', async () => {
    const { bare, clone } = await bareWithClone();
    const first = await pushed(clone, 'one');
    const watched = watching(bare, never);
    await watched.sees(first);
    await git(bare, 'pack-refs', '--all');
    await git(bare, 'gc', '-q', '--prune=now');
    await watched.sees(await pushed(clone, 'two'));
    expect(watched.reports.map(({ kind }) => kind)).toEqual(['head', 'head']);
  });

  it('reports a branch that is deleted and made again', async () => {
    const { bare, clone } = await bareWithClone();
    const first = await pushed(clone, 'one');
    const watched = watching(bare, never);
    await watched.sees(first);
    await git(bare, 'branch', 'other', 'main');
    await git(bare, 'update-ref', '-d', 'refs/heads/main');
    await watched.sees('branch-missing');
    await git(bare, 'update-ref', 'refs/heads/main', first);
    await watched.sees(first);
    await git(bare, 'pack-refs', '--all');
    await git(bare, 'update-ref', '-d', 'refs/heads/main');
    await watched.sees('branch-missing');
  });

  it('waits in an empty repository for its first commit', async () => {
    const { bare, clone } = await bareWithClone();
    const watched = watching(bare, never);
    await watched.sees('repository-empty');
    await watched.sees(await pushed(clone, 'one'));
  });
});

describe('when a branch is watched by polling', () => {
  it('stays up while there is no repository, and finds it when it appears', async () => {
    const dir = await tempDir('watch');
    const path = join(dir, 'late');
    const watched = watching(path, 20);
    await watched.sees('repository-missing');
    await git(dir, 'init', '-q', '-b', 'main', path);
    await watched.sees('repository-empty');
    await watched.sees(await commit(path, 'one'));
  });

  it('notices a replaced folder and watches the new one', async () => {
    const { bare, clone } = await bareWithClone();
    const first = await pushed(clone, 'one');
    const watched = watching(bare, 20);
    await watched.sees(first);
    await rename(bare, `${bare}.old`);
    await cp(`${bare}.old`, bare, { recursive: true });
    await waitFor(() => watched.reports.filter(({ kind }) => kind === 'head').length === 2);
    const [before, after] = watched.reports.filter((report) => report.kind === 'head');
    expect(after?.repository).not.toBe(before?.repository);
    await watched.sees(await pushed(clone, 'two'));
  });

  it('reports a form it cannot read, and recovers', async () => {
    const { clone } = await bareWithClone();
    const first = await commit(clone, 'one');
    const watched = watching(clone, 20);
    await watched.sees(first);
    await writeFile(join(clone, '.git/shallow'), `${first}\n`);
    await watched.sees('shallow-clone');
    await rm(join(clone, '.git/shallow'));
    await watched.sees(first);
  });

  it('reports a head whose object is corrupt, and takes it once it is repaired', async () => {
    const { clone } = await bareWithClone();
    const first = await commit(clone, 'one');
    const watched = watching(clone, 20);
    await watched.sees(first);
    const second = await commit(clone, 'two');
    await watched.sees(second);
    const object = join(clone, '.git/objects', second.slice(0, 2), second.slice(2));
    const whole = await readFile(object);
    await chmod(object, 0o644);
    await writeFile(object, '');
    await watched.sees('object-corrupt');
    await writeFile(object, whole);
    await watched.sees(second);
  });

  it('reports again what a reader could not use', async () => {
    const { clone } = await bareWithClone();
    const first = await commit(clone, 'one');
    const watched = watching(clone, 20);
    await watched.sees(first);
    watched.watcher.forget();
    await waitFor(() => watched.reports.length === 2);
    expect(watched.last()).toBe(first);
  });
});
