// SPDX-License-Identifier: Apache-2.0
import { git } from '@fairlead/testing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newLine, signal, type Line } from './release-line.fixture.ts';
import { fairlead, newFleet, recordsIn, type Fleet } from './server.fixture.ts';

const allowed = 60_000;

const follow = async (line: Line): Promise<unknown> => {
  const done = await line.release.follow(line.repository, await line.fleet.head(), signal);
  return done.ok ? 'done' : `${done.error.area} ${done.error.problem.code}`;
};
const offered = (line: Line) => line.published.at(-1)?.compiled.manifest;

/** A fleet whose recorded history is longer than the one that its branch has now; the head that was recorded. */
async function rewritten(change: (fleet: Fleet) => Promise<void> = () => Promise.resolve()): Promise<{
  readonly line: Line;
  readonly recorded: string;
  readonly base: string;
}> {
  const line = await newLine(await newFleet());
  const { fleet } = line;
  const base = await fleet.head();
  expect(await follow(line)).toBe('done');
  await change(fleet);
  for (let a = 1; a <= 8; a += 1) await fleet.commit({ a });
  const recorded = await fleet.head();
  expect(await follow(line)).toBe('done');
  await git(fleet.dir, 'reset', '-q', '--hard', base);
  await fleet.commit({ b: '1' }, 'Another history');
  expect(await follow(line)).toBe('history history-rewritten');
  return { line, recorded, base };
}

const accept = async (fleet: Fleet): Promise<Readonly<Record<string, unknown>>> =>
  (await fairlead('history', 'accept', '--repo', fleet.dir)) as Readonly<Record<string, unknown>>;

describe('when a rewritten history is accepted', () => {
  it(
    'is followed from that commit on, with a counter above the last recorded one',
    async () => {
      const { line, recorded } = await rewritten();
      const { fleet } = line;
      const answer = await accept(fleet);
      expect(answer).toMatchObject({
        replaced: recorded,
        commit: await fleet.head(),
        counter: 10,
        offset: 7,
      });
      expect(await git(fleet.dir, 'status', '--porcelain')).toBe('');
      expect(await follow(line)).toBe('done');
      expect(offered(line)).toMatchObject({ commit: answer['commit'], counter: 10 });
      await fleet.commit({ b: '2' });
      expect(await follow(line)).toBe('done');
      expect(offered(line)).toMatchObject({ counter: 11 });
      // Another process reads the same from the log.
      const again = await newLine(fleet);
      expect(await follow(again)).toBe('done');
      expect(offered(again)).toMatchObject({ counter: 11 });
    },
    allowed,
  );

  it(
    'counts for the head that it names alone: not for the one that was replaced, nor for one recorded since',
    async () => {
      const { line, recorded } = await rewritten();
      const { fleet } = line;
      await accept(fleet);
      const accepted = await fleet.head();
      expect(await follow(line)).toBe('done');
      await git(fleet.dir, 'reset', '-q', '--hard', recorded);
      await fleet.commit({ a: 9 });
      expect(await follow(line)).toBe('history history-rewritten');
      // The same file beside the history that it belongs to names an older head than the one that is recorded now.
      await git(fleet.dir, 'reset', '-q', '--hard', accepted);
      await fleet.commit({ c: '1' });
      expect(await follow(line)).toBe('done');
      await git(fleet.dir, 'reset', '-q', '--hard', accepted);
      await fleet.commit({ d: '1' });
      expect(await follow(line)).toBe('history history-rewritten');
      expect(offered(line)).toMatchObject({ counter: 11 });
    },
    allowed,
  );

  it(
    'is not, where the offset lifts the counter too little',
    async () => {
      const { line, recorded } = await rewritten();
      const { fleet } = line;
      await fleet.commit({ 'trust/history.json': { offset: 6, replaced: [recorded] } });
      expect(await follow(line)).toBe('history history-rewritten');
      await fleet.commit({ 'trust/history.json': { offset: 7, replaced: [oidLike(recorded)] } });
      expect(await follow(line)).toBe('history history-rewritten');
      expect(offered(line)).toMatchObject({ commit: recorded });
      await accept(fleet);
      expect(await follow(line)).toBe('done');
    },
    allowed,
  );

  it(
    'is so in whole or not at all: a head that is refused for another reason moves nothing',
    async () => {
      const { line, recorded } = await rewritten(async ({ keys, dir }) => {
        await fairlead('keys', 'rotate', '--role', 'timestamp', '--dir', keys, '--repo', dir);
      });
      const { fleet } = line;
      await accept(fleet);
      const lacking = await fleet.head();
      expect(await follow(line)).toBe('history history-rewritten');
      expect(JSON.stringify((await recordsIn(fleet.dir)).at(-1))).toContain('[root-dropped]');
      await git(fleet.dir, 'reset', '-q', '--hard', recorded);
      const root = await readFile(join(fleet.dir, 'trust/root/2.json'), 'utf8');
      await fleet.commit({ a: 9 });
      expect(await follow(line)).toBe('done');
      expect(offered(line)).toMatchObject({ counter: 10 });
      await git(fleet.dir, 'reset', '-q', '--hard', lacking);
      await fleet.commit({ 'trust/root/2.json': root });
      expect(await follow(line)).toBe('history history-rewritten');
      await accept(fleet);
      expect(await follow(line)).toBe('done');
    },
    allowed,
  );

  it(
    'keeps its offset: a commit that lowers it, or a merge that drops the file, is refused',
    async () => {
      const { line } = await rewritten();
      const { fleet } = line;
      await accept(fleet);
      expect(await follow(line)).toBe('done');
      const good = await fleet.head();
      const lowered = await fleet.commit({ 'trust/history.json': { offset: 0 } });
      expect(await follow(line)).toBe('done');
      expect((await recordsIn(fleet.dir)).at(-1)).toMatchObject({
        commit: lowered,
        code: 'counter-not-rising',
      });
      await git(fleet.dir, 'checkout', '-q', '-b', 'aside', good);
      await fleet.commit({ 'trust/history.json': null });
      await git(fleet.dir, 'checkout', '-q', 'main');
      await git(fleet.dir, 'revert', '--no-edit', lowered);
      await git(fleet.dir, 'merge', '-q', '--no-edit', 'aside');
      const merged = await fleet.head();
      expect(await follow(line)).toBe('done');
      expect((await recordsIn(fleet.dir)).at(-1)).toMatchObject({
        commit: merged,
        code: 'counter-not-rising',
      });
      expect(offered(line)).toMatchObject({ commit: good });
      const checked = fairlead('check', '--repo', fleet.dir);
      await expect(checked).rejects.toThrow('counter-not-rising');
    },
    allowed,
  );
});

/** Another commit's id of the same form. */
function oidLike(oid: string): string {
  return oid.split('').reverse().join('');
}
