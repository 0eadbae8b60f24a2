// SPDX-License-Identifier: Apache-2.0
import { git } from '@fairlead/testing';
import { cp, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMetadataKeys } from './metadata-keys.fixture.ts';
import { newLine, signal, type Line } from './release-line.fixture.ts';
import { fairlead, newFleet, recordsIn, type Fleet } from './server.fixture.ts';

const allowed = 60_000;
const day = 86_400_000;

const follow = async (line: Line): Promise<unknown> => {
  const done = await line.release.follow(line.repository, await line.fleet.head(), signal);
  return done.ok ? 'done' : `${done.error.area} ${done.error.problem.code}`;
};
const why = async (line: Line): Promise<string> => {
  const done = await line.release.follow(line.repository, await line.fleet.head(), signal);
  return done.ok ? 'done' : done.error.problem.message;
};
const offered = (line: Line) => line.published.at(-1)?.compiled.manifest.commit;

type Answer = Readonly<Record<string, unknown>>;

/** A key for a holder of their own, outside the key folder. */
async function newKey(fleet: Fleet, name: string): Promise<{ readonly file: string; readonly id: string }> {
  const file = join(dirname(fleet.dir), `${name}.pem`);
  const { id } = (await fairlead('keys', 'create', '--key', file)) as { readonly id: string };
  return { file, id };
}

const sign = async (fleet: Fleet, key: string, commit = 'HEAD', repo = fleet.dir): Promise<Answer> =>
  (await fairlead('release', 'sign', commit, '--repo', repo, '--key', key)) as Answer;

/** A fleet with one deployed commit, whose next root gives the role targets to other holders. */
async function offline(
  threshold: number,
  ...names: readonly string[]
): Promise<{ readonly line: Line; readonly holders: readonly { file: string; id: string }[] }> {
  const line = await newLine(await newFleet());
  const { fleet } = line;
  expect(await follow(line)).toBe('done');
  const holders = await Promise.all(names.map((name) => newKey(fleet, name)));
  const { roles } = (await fairlead('keys', 'show', '--repo', fleet.dir)) as {
    readonly roles: { readonly targets: { readonly keys: readonly { readonly id: string }[] } };
  };
  await fairlead(
    ...['keys', 'rotate', '--role', 'targets', '--dir', fleet.keys, '--repo', fleet.dir],
    ...['--add', holders.map(({ file }) => `${file}.pub`).join(',')],
    ...['--remove', roles.targets.keys.map(({ id }) => id).join(','), '--threshold', String(threshold)],
  );
  await fleet.commit({}, 'Releases are signed elsewhere');
  return { line, holders };
}

describe('when the release key is not on the server', () => {
  it(
    'waits for its holder, then records and offers what was signed',
    async () => {
      const { line, holders } = await offline(1, 'release');
      const { fleet } = line;
      const [holder = { file: '', id: '' }] = holders;
      const before = offered(line);
      expect(await follow(line)).toBe('release awaiting-release-signature');
      expect(offered(line)).toBe(before);
      // What runs stays fresh meanwhile.
      line.clock.jump(25 * 3_600_000);
      expect(await line.release.refresh(signal)).toEqual({ ok: true, value: 'signed' });
      expect(await sign(fleet, holder.file)).toMatchObject({ complete: true, signatures: 1, version: 2 });
      expect(await follow(line)).toBe('done');
      expect(offered(line)).toBe(await fleet.head());
      expect(readMetadataKeys(line.published.at(-1)?.signed).targets).toEqual([holder.id]);
      await git(fleet.dir, 'fsck', '--strict');
      // Each commit waits for its own.
      await fleet.commit({ a: '1' });
      expect(await follow(line)).toBe('release awaiting-release-signature');
    },
    allowed,
  );

  it(
    'takes as many holders as the root says, in any order, each once',
    async () => {
      const { line, holders } = await offline(2, 'anna', 'bela', 'cleo');
      const [anna = { file: '', id: '' }, , cleo = { file: '', id: '' }] = holders;
      expect(await sign(line.fleet, cleo.file)).toMatchObject({ complete: false, signatures: 1 });
      expect(await why(line)).toContain('[below-threshold]');
      expect(await sign(line.fleet, cleo.file)).toMatchObject({ complete: false, signatures: 1 });
      expect(await why(line)).toContain('[below-threshold]');
      expect(await sign(line.fleet, anna.file)).toMatchObject({ complete: true, signatures: 2 });
      expect(await follow(line)).toBe('done');
      expect(readMetadataKeys(line.published.at(-1)?.signed).targets.toSorted()).toEqual(
        [anna.id, cleo.id].toSorted(),
      );
    },
    allowed,
  );

  it(
    'adds up with a key that the server holds',
    async () => {
      const { line, holders } = await offline(2, 'anna', 'targets.9');
      const { fleet } = line;
      const [anna = { file: '', id: '' }, own = { file: '', id: '' }] = holders;
      await rename(own.file, join(fleet.keys, 'targets.9.pem'));
      expect(await follow(line)).toBe('release awaiting-release-signature');
      await sign(fleet, anna.file);
      expect(await follow(line)).toBe('done');
    },
    allowed,
  );

  it(
    'counts neither a stranger, nor what was signed for another commit, nor what was recorded before',
    async () => {
      const { line, holders } = await offline(1, 'release');
      const { fleet } = line;
      const [holder = { file: '', id: '' }] = holders;
      const stranger = await newKey(fleet, 'stranger');
      await expect(sign(fleet, stranger.file)).rejects.toThrow('keys-not-listed');
      const signed = await sign(fleet, holder.file);
      expect(await follow(line)).toBe('done');
      const first = String(signed['ref']);

      await fleet.commit({ a: '1' });
      const waiting = await line.release.follow(line.repository, await fleet.head(), signal);
      expect(waiting.ok).toBe(false);
      const { revision } = (await fairlead('compile', '--repo', fleet.dir)) as { readonly revision: string };
      const second = `refs/fairlead/signatures/${revision.slice('sha256:'.length)}`;
      await git(fleet.dir, 'update-ref', second, first);
      expect(await why(line)).toContain('[unknown-target]');

      // A stranger's root gives a stranger the role; the signature is good there, and nowhere else.
      const other = await offline(1, 'thief');
      const [thief = { file: '', id: '' }] = other.holders;
      await cp(other.line.fleet.dir, join(dirname(fleet.dir), 'theirs'), { recursive: true });
      const theirs = await sign(other.line.fleet, thief.file);
      await git(fleet.dir, 'fetch', '-q', other.line.fleet.dir, `+${String(theirs['ref'])}:${second}`);
      expect(await why(line)).toContain('[unknown-target]');
      expect(offered(line)).not.toBe(await fleet.head());
      await git(fleet.dir, 'update-ref', '-d', second);
      await sign(fleet, holder.file);
      expect(await follow(line)).toBe('done');
    },
    allowed,
  );

  it(
    'asks for a new signature at two thirds of its life, and takes it while the commit stays',
    async () => {
      const { line, holders } = await offline(1, 'release');
      const { fleet } = line;
      const [holder = { file: '', id: '' }] = holders;
      await sign(fleet, holder.file);
      expect(await follow(line)).toBe('done');
      const before = line.published.at(-1)?.signed.targets;
      expect(line.release.expiring()).toBeUndefined();
      line.clock.jump(61 * day);
      expect(await line.release.refresh(signal)).toEqual({ ok: true, value: 'signed' });
      expect(line.published.at(-1)?.signed.targets).toEqual(before);
      expect(line.release.expiring()).toMatchObject({ code: 'release-signature-expires' });
      // The replayed signature, recorded before, is not newer than itself.
      expect(await line.release.refresh(signal)).toEqual({ ok: true, value: 'nothing due' });
      expect(await sign(fleet, holder.file)).toMatchObject({ version: 3 });
      expect(await line.release.refresh(signal)).toEqual({ ok: true, value: 'signed' });
      expect(line.published.at(-1)?.signed.targets.version).toBe(3);
      expect((await recordsIn(fleet.dir)).at(-1)).toMatchObject({ kind: 'refreshed' });
    },
    allowed,
  );
});
