// SPDX-License-Identifier: Apache-2.0
import { readTrustedRoot, type RoleName } from '@fairlead/trust/verify';
import { readMetadataKeys } from './metadata-keys.fixture.ts';
import { git } from '@fairlead/testing';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newLine, signal, type Line } from './release-line.fixture.ts';
import { fairlead, newFleet, recordsIn, type Fleet } from './server.fixture.ts';
import { writeAsThief } from './thief.fixture.ts';

const allowed = 60_000;

/** Writes the next root with the real command, and commits it; the commit. */
async function rotate(fleet: Fleet, role: string, ...more: readonly string[]): Promise<string> {
  await fairlead('keys', 'rotate', '--role', role, '--dir', fleet.keys, '--repo', fleet.dir, ...more);
  return fleet.commit({}, `Rotate ${role}`);
}

const follow = async (line: Line): Promise<unknown> => {
  const done = await line.release.follow(line.repository, await line.fleet.head(), signal);
  return done.ok ? 'done' : `${done.error.area} ${done.error.problem.code}`;
};

/** Who signed the newest that was offered, as key ids by role. */
const signersOf = (line: Line) => readMetadataKeys(line.published.at(-1)?.signed);

/** Key ids that a root of the work tree lists. */
async function listed(fleet: Fleet, version: number, role: RoleName): Promise<readonly string[]> {
  const root = readTrustedRoot(await readFile(join(fleet.dir, `trust/root/${version}.json`)));
  return root.ok ? root.value.roles[role].keys.map(({ id }) => id) : [];
}

describe('when a root takes effect', () => {
  it(
    'signs metadata and log with its keys from the commit on that brings it, and another process goes on so',
    async () => {
      const line = await newLine(await newFleet());
      const { fleet } = line;
      expect(await follow(line)).toBe('done');
      const before = signersOf(line);
      for (const role of ['timestamp', 'snapshot', 'targets']) await rotate(fleet, role);
      expect(await follow(line)).toBe('done');
      expect(line.published.at(-1)).toMatchObject({ root: 4 });
      const after = signersOf(line);
      for (const role of ['timestamp', 'snapshot', 'targets'] as const) {
        expect(after[role]).toEqual(await listed(fleet, 4, role));
        expect(after[role]).not.toEqual(before[role]);
      }
      await fleet.commit({ a: '1' });
      const again = await newLine(fleet);
      expect(await follow(again)).toBe('done');
      expect(again.published.at(-1)).toMatchObject({ root: 4, signed: { timestamp: { version: 3 } } });
      expect((await recordsIn(fleet.dir)).map(({ kind }) => kind)).toEqual([
        'revision',
        'skipped',
        'skipped',
        'revision',
        'revision',
      ]);
    },
    allowed,
  );

  it(
    'goes for a server that was told of it by the record of another',
    async () => {
      const fleet = await newFleet();
      const [one, two] = [await newLine(fleet), await newLine(fleet)];
      for (const line of [one, two]) expect(await follow(line)).toBe('done');
      await rotate(fleet, 'snapshot');
      expect(await follow(one)).toBe('done');
      expect(await two.release.refresh(signal)).toMatchObject({ ok: true });
      expect(two.published.at(-1)).toMatchObject({ root: 2 });
      await fleet.commit({ a: '1' });
      expect(await follow(two)).toBe('done');
      expect(signersOf(two).snapshot).toEqual(await listed(fleet, 2, 'snapshot'));
    },
    allowed,
  );

  it(
    'signs nothing while the key folder lacks its keys, and goes on when they come',
    async () => {
      const line = await newLine(await newFleet());
      const { fleet } = line;
      expect(await follow(line)).toBe('done');
      await rotate(fleet, 'timestamp');
      const [key, aside] = [join(fleet.keys, 'timestamp.2.pem'), join(fleet.dir, '../aside.pem')];
      await cp(key, aside, { preserveTimestamps: true });
      await rm(key);
      expect(await follow(line)).toBe('keys keys-not-listed');
      expect(line.published).toHaveLength(1);
      // Until the new root is in effect, the old keys keep what is deployed fresh.
      line.clock.jump(25 * 3_600_000);
      expect(await line.release.refresh(signal)).toEqual({ ok: true, value: 'signed' });
      expect(signersOf(line).timestamp).toEqual(await listed(fleet, 1, 'timestamp'));
      await cp(aside, key, { preserveTimestamps: true });
      expect(await follow(line)).toBe('done');
      expect(signersOf(line).timestamp).toEqual(await listed(fleet, 2, 'timestamp'));
    },
    allowed,
  );

  it(
    'never takes one back: a commit without it is refused',
    async () => {
      const line = await newLine(await newFleet());
      const { fleet } = line;
      await rotate(fleet, 'timestamp');
      expect(await follow(line)).toBe('done');
      const dropped = await fleet.commit({ 'trust/root/2.json': null });
      expect(await follow(line)).toBe('done');
      expect((await recordsIn(fleet.dir)).at(-1)).toMatchObject({
        kind: 'refused',
        commit: dropped,
        code: 'root-dropped',
      });
      // The same version with other content, signed by the same root key, is no better.
      await fairlead('keys', 'rotate', '--role', 'snapshot', '--dir', fleet.keys, '--repo', fleet.dir);
      const other = await fleet.commit({});
      expect(await follow(line)).toBe('done');
      expect((await recordsIn(fleet.dir)).at(-1)).toMatchObject({ commit: other, code: 'root-dropped' });
      expect(line.published).toHaveLength(1);
      await git(fleet.dir, 'revert', '--no-edit', other, dropped);
      expect(await follow(line)).toBe('done');
      expect(line.published.at(-1)).toMatchObject({ root: 2 });
      await line.benches.close();
      const again = await newLine(fleet);
      expect(await follow(again)).toBe('done');
    },
    allowed,
  );

  it(
    'takes none that the root keys did not sign',
    async () => {
      const line = await newLine(await newFleet());
      const { fleet } = line;
      expect(await follow(line)).toBe('done');
      const thief = await newFleet();
      await rotate(thief, 'timestamp');
      const forged = await readFile(join(thief.dir, 'trust/root/2.json'), 'utf8');
      const commit = await fleet.commit({ 'trust/root/2.json': forged });
      expect(await follow(line)).toBe('done');
      expect((await recordsIn(fleet.dir)).at(-1)).toMatchObject({
        kind: 'refused',
        commit,
        diagnostics: [{ code: 'root-invalid', file: 'trust/root/2.json', line: 1 }],
      });
      expect(line.benches.current()?.roots.inEffect()).toHaveLength(1);
    },
    allowed,
  );

  it(
    'believes nothing in the log that a key signed which was taken away before',
    async () => {
      const line = await newLine(await newFleet());
      const { fleet } = line;
      expect(await follow(line)).toBe('done');
      const old = join(fleet.dir, '../old');
      await cp(fleet.keys, old, { recursive: true });
      await rotate(fleet, 'snapshot');
      expect(await follow(line)).toBe('done');
      // The thief's server knows no newer root, so it writes with what it stole.
      await writeAsThief(fleet.dir, old);
      const again = await newLine(fleet);
      expect(await follow(again)).toBe('log log-forged');
    },
    allowed,
  );
});
