// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { git, gitEnv, run, tempDir, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { lines, oidOf, openedLog, whileRunning } from './fleet-log.fixture.ts';
import { noteText, type NoteInput } from './note-text.ts';

async function withCommits(
  count: number,
): Promise<{ readonly dir: string; readonly commits: readonly string[] }> {
  const dir = await tempDir('notes');
  await git(dir, 'init', '-q', '-b', 'main');
  for (let i = 0; i < count; i += 1) await git(dir, 'commit', '-q', '--allow-empty', '-m', String(i));
  return { dir, commits: await lines(dir, 'rev-list', 'main') };
}

function noteOf(commit: string, applied: number): NoteInput {
  const group = { group: 'gateways', applied, unchanged: 0, pending: 3 - applied, failed: new Map() };
  const revision = sha256('manifest');
  return { kind: 'revision', commit, revision, counter: 7, groups: [group], supersededBy: null };
}

const shown = (dir: string, commit: string): Promise<string> =>
  git(dir, 'log', '--notes=fairlead', '--format=%N', '-1', commit);

describe('when people read a note', () => {
  it('tells of a revision what came of it in each group', () => {
    const failed = new Map([['kiosk-7', 'start-failed']]);
    const groups = [
      { group: 'gateways', applied: 12, unchanged: 3, pending: 1, failed },
      { group: 'labs', applied: 0, unchanged: 4, pending: 0, failed: new Map() },
    ];
    const [commit, next] = [oidOf('a'), oidOf('b')];
    const revision = sha256('manifest');
    const note = { kind: 'revision', commit, revision, counter: 7, groups, supersededBy: next } as const;
    expect(noteText(note)).toBe(
      [
        `Revision ${revision} (counter 7)`,
        '',
        'gateways: 12 applied, 3 unchanged, 1 failed, 1 pending',
        '  failed: kiosk-7 (start-failed)',
        'labs:     0 applied, 4 unchanged, 0 failed, 0 pending',
        '',
        `Superseded by ${next}.`,
        '',
      ].join('\n'),
    );
  });

  it('tells of a refused commit every error with its place and hint, of a skipped one what came instead', () => {
    const [commit, by] = [oidOf('a'), oidOf('b')];
    const diagnostics = [
      { code: 'json-syntax', message: 'not JSON', hint: 'Mend it.', file: 'fleet.json', line: 3, column: 7 },
      { code: 'not-a-file', message: 'a link', hint: 'Commit the file.', file: 'x' },
      { code: 'counter-not-rising', message: 'too low', hint: 'Raise it.' },
    ] as const;
    expect(noteText({ kind: 'refused', commit, code: 'invalid-input', diagnostics })).toBe(
      [
        'Refused (invalid-input): nothing was deployed.',
        '',
        'fleet.json:3:7: not JSON [json-syntax]',
        '    Mend it.',
        'x: a link [not-a-file]',
        '    Commit the file.',
        'too low [counter-not-rising]',
        '    Raise it.',
        '',
      ].join('\n'),
    );
    expect(noteText({ kind: 'skipped', commit, by })).toBe(
      `Skipped: ${by} arrived together with it and was deployed instead.\n`,
    );
  });
});

describe('when notes are kept', () => {
  it('are one per commit, rewritten as receipts come in, beside what people add by hand', async () => {
    const { dir, commits } = await withCommits(2);
    const [newest = '', older = ''] = commits;
    const { log } = await openedLog(dir);
    await whileRunning(log, async () => {
      log.notes.put(noteOf(newest, 0), true);
      await waitFor(async () => (await shown(dir, newest)).includes('0 applied'));
      await git(dir, 'notes', '--ref=fairlead', 'add', '-m', 'by hand', older);
      log.notes.put(noteOf(newest, 3), true);
      await waitFor(async () => (await shown(dir, newest)).includes('3 applied'));
    });
    expect(await shown(dir, older)).toBe('by hand\n\n');
    expect(await lines(dir, 'notes', '--ref=fairlead', 'list')).toHaveLength(2);
  });

  it('are all written in the end, however many arrive at once', async () => {
    const { dir, commits } = await withCommits(30);
    const { log } = await openedLog(dir);
    await whileRunning(log, async () => {
      for (const commit of commits) log.notes.put({ kind: 'skipped', commit, by: commits[0] ?? '' }, false);
    });
    expect(await lines(dir, 'notes', '--ref=fairlead', 'list')).toHaveLength(30);
  });

  it('survive native writers at the same time', async () => {
    const { dir, commits } = await withCommits(3);
    const [newest = '', , oldest = ''] = commits;
    const { log } = await openedLog(dir);
    await whileRunning(log, async () => {
      for (let i = 0; i < 10;) {
        log.notes.put(noteOf(newest, i % 4), true);
        const args = ['notes', '--ref=fairlead', 'append', '-m', `line ${i}`, oldest];
        if ((await run('git', args, { cwd: dir, env: gitEnv })).code === 0) i += 1;
      }
      log.notes.put(noteOf(newest, 3), true);
    });
    expect(await shown(dir, newest)).toContain('3 applied');
    expect((await shown(dir, oldest)).match(/line/g)).toHaveLength(10);
  });
});
