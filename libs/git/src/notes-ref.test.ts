// SPDX-License-Identifier: Apache-2.0
import { git, gitEnv, run, runOk, systemClock, tempDir } from '@fairlead/testing';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createNotesTree } from './notes.ts';
import { readNote, writeNotes } from './notes-ref.ts';
import { emptyTree } from './oid.ts';
import { openRepository, type Repository } from './repository.ts';

const signal = new AbortController().signal;
const ref = 'refs/notes/fairlead';
const author = { name: 'Fairlead', email: 'fairlead@localhost' };

async function prepared(): Promise<{
  readonly dir: string;
  readonly repository: Repository;
  readonly commits: readonly string[];
}> {
  const dir = await tempDir('notes');
  await git(dir, 'init', '-q', '-b', 'main');
  for (let i = 0; i < 4; i += 1) await git(dir, 'commit', '-q', '--allow-empty', '-m', String(i));
  const repository = await openRepository(dir, { clock: systemClock });
  if (!repository.ok) throw new Error(repository.error.message);
  return {
    dir,
    repository: repository.value,
    commits: (await git(dir, 'rev-list', 'main')).trim().split('\n'),
  };
}

async function note(repository: Repository, notes: Readonly<Record<string, string>>): Promise<void> {
  const written = await writeNotes(
    repository,
    systemClock,
    { ref, notes: new Map(Object.entries(notes)), author, message: 'notes' },
    signal,
  );
  if (!written.ok) throw new Error(written.error.message);
}

describe('when notes are written', () => {
  it('are read by git log, beside notes that people add by hand', async () => {
    const { dir, repository, commits } = await prepared();
    const [a = '', b = '', c = ''] = commits;
    await note(repository, { [a]: 'first\n' });
    await git(dir, 'notes', '--ref=fairlead', 'add', '-m', 'by hand', b);
    await note(repository, { [a]: 'second\n', [c]: 'third\n' });
    expect(await git(dir, 'notes', '--ref=fairlead', 'show', b)).toBe('by hand\n');
    expect(await git(dir, 'log', '--notes=fairlead', '--format=%N', '-1', a)).toBe('second\n\n');
    expect(await readNote(repository, ref, b)).toEqual({ ok: true, value: 'by hand\n' });
    expect(await readNote(repository, ref, commits[3] ?? '')).toEqual({ ok: true, value: null });
    await runOk('git', ['fsck', '--strict', '--no-dangling'], { cwd: dir, env: gitEnv });
  });

  it('writes nothing when nothing changes', async () => {
    const { dir, repository, commits } = await prepared();
    await note(repository, { [commits[0] ?? '']: 'same\n' });
    await note(repository, { [commits[0] ?? '']: 'same\n' });
    expect((await git(dir, 'rev-list', '--count', ref)).trim()).toBe('1');
  });

  it('follows the fan-out of native git, which rebalances, and of its own', async () => {
    const { dir, repository, commits } = await prepared();
    const [annotated = ''] = commits;
    const objects = Array.from({ length: 600 }, () => randomBytes(20).toString('hex'));
    const tree = createNotesTree(repository.objects, repository.writeObject);
    const blob = await repository.writeObject('blob', Buffer.from('many\n'));
    const made = await tree.set(emptyTree, new Map(objects.map((oid) => [oid, blob])));
    if (!made.ok) throw new Error(made.error.message);
    expect((await git(dir, 'ls-tree', made.value)).trim().split('\n').length).toBeLessThanOrEqual(256);
    await git(dir, 'update-ref', ref, (await git(dir, 'commit-tree', '-m', 'many', made.value)).trim());
    await note(repository, { [annotated]: 'one more\n' });
    await git(dir, 'notes', '--ref=fairlead', 'add', '-m', 'by hand', commits[1] ?? '');
    await note(repository, { [annotated]: 'again\n' });
    const listed = (await git(dir, 'notes', '--ref=fairlead', 'list')).trim().split('\n');
    expect(listed).toHaveLength(602);
    const head = await repository.readRef(ref);
    const commit = head.ok && head.value !== null ? await repository.objects.commit(head.value) : undefined;
    const ours = commit?.ok === true ? await tree.list(commit.value.tree) : undefined;
    expect(ours?.ok === true ? [...ours.value].map(([oid, of]) => `${of} ${oid}`).sort() : []).toEqual(
      listed.sort(),
    );
    expect(await git(dir, 'notes', '--ref=fairlead', 'show', annotated)).toBe('again\n');
  });

  it('loses no note when two of us write at the same time', async () => {
    const { dir, repository, commits } = await prepared();
    const other = await reopened(dir);
    const [a = '', b = ''] = commits;
    await Promise.all([writeTen(repository, a), writeTen(other, b)]);
    expect(await git(dir, 'notes', '--ref=fairlead', 'show', a)).toBe('state 9\n');
    expect(await git(dir, 'notes', '--ref=fairlead', 'show', b)).toBe('state 9\n');
    expect((await git(dir, 'rev-list', '--count', ref)).trim()).toBe('20');
  }, 60_000);

  it('loses no line of native git, and keeps its own when it writes once more', async () => {
    const { dir, repository, commits } = await prepared();
    const [a = '', , c = ''] = commits;
    const native = async (): Promise<void> => {
      for (let i = 0; i < 10;) {
        const added = await run('git', ['notes', '--ref=fairlead', 'append', '-m', `line ${String(i)}`, c], {
          cwd: dir,
          env: gitEnv,
        });
        if (added.code === 0) i += 1;
      }
    };
    await Promise.all([native(), writeTen(repository, a)]);
    expect((await git(dir, 'notes', '--ref=fairlead', 'show', c)).match(/line/g)).toHaveLength(10);
    // Native git moves a notes reference without comparing, and may so have dropped ours: who writes notes looks again afterwards.
    await note(repository, { [a]: 'state 9\n' });
    expect(await git(dir, 'notes', '--ref=fairlead', 'show', a)).toBe('state 9\n');
    expect((await git(dir, 'notes', '--ref=fairlead', 'show', c)).match(/line/g)).toHaveLength(10);
  }, 60_000);
});

async function reopened(dir: string): Promise<Repository> {
  const other = await openRepository(dir, { clock: systemClock });
  if (!other.ok) throw new Error(other.error.message);
  return other.value;
}

async function writeTen(repository: Repository, commit: string): Promise<void> {
  for (let i = 0; i < 10; i += 1) await note(repository, { [commit]: `state ${String(i)}\n` });
}
