// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { git, systemClock, tempDir } from '@fairlead/testing';
import { createEd25519Key, ed25519Signer } from '@fairlead/trust/sign';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adoptAbove, adoptFrom, type AdoptOptions } from './adopt.ts';
import {
  bareRepository,
  enrolled,
  fsck,
  lines,
  newLog,
  oidOf,
  openedLog,
  revisionOf,
  signer,
} from './fleet-log.fixture.ts';
import type { Proof } from './proof-book.ts';
import { readFleetLog } from './read-log.ts';
import type { LogRecord } from './record.ts';
import { recordedVersions } from './versions.ts';

const ref = 'refs/fairlead/revisions';
const [first, second, third] = ['first', 'second', 'third'].map(oidOf) as [string, string, string];

/** A revision whose metadata states this version. */
function revision(commit: string, version: number): LogRecord & { readonly kind: 'revision' } {
  const text = JSON.stringify({ signatures: [], signed: { version } });
  return { ...revisionOf(commit, version), targets: text, snapshot: text, timestamp: text };
}

/** What a device shows that holds this version, as `revision` makes it. */
function proofOf(name: string, version: number, timestamp: number): Proof {
  const { snapshot } = revision(first, version);
  return { device: name, snapshot: version, digest: sha256(Buffer.from(snapshot)), timestamp };
}

async function optionsFor(dir: string, by = signer): Promise<AdoptOptions> {
  const { repository } = await newLog(dir);
  const trusted = () => [[signer.publicKey]];
  return { repository, branch: 'main', signer: by, trusted, clock: systemClock, by: 'anna' };
}

/** A log that lost what a clone of it still has. */
async function cutLog(): Promise<{ readonly dir: string; readonly clone: string }> {
  const dir = await bareRepository();
  const { log } = await openedLog(dir);
  for (const record of [revision(first, 1), enrolled('a'), revision(second, 2), enrolled('b')])
    await log.append([record]);
  const clone = join(await tempDir('clone'), 'clone.git');
  await git(dir, 'clone', '-q', '--mirror', dir, clone);
  await git(dir, 'update-ref', ref, `${ref}~2`);
  await git(dir, 'reflog', 'expire', '--expire=now', '--all');
  await git(dir, 'gc', '-q', '--prune=now');
  return { dir, clone };
}

const cloneOf = async (dir: string) => (await newLog(dir)).repository;

async function kindsIn(dir: string): Promise<readonly string[]> {
  const entries = await readFleetLog(await cloneOf(dir), 'main');
  if (!entries.ok) throw new Error(entries.error.message);
  return entries.value.flatMap((entry) => (entry.kind === 'record' ? [entry.record.kind] : []));
}

describe('when a device proves that more was signed than is recorded', () => {
  it('signs nothing more, until the missing records are back', async () => {
    const { dir, clone } = await cutLog();
    const { log } = await openedLog(dir);
    log.prove(proofOf('d', 1, 9));
    expect(await log.sync()).toEqual({ ok: true, value: undefined });
    log.prove(proofOf('d', 2, 2));
    log.prove(proofOf('e', 1, 7));
    const behind = { ok: false, error: { code: 'log-behind', hint: expect.stringContaining('--above 9') } };
    expect(await log.append([enrolled('c')])).toMatchObject(behind);
    expect(await log.sync()).toMatchObject(behind);
    const adopted = await adoptFrom(await optionsFor(dir), await cloneOf(clone));
    expect(adopted).toMatchObject({
      ok: true,
      value: { dropped: null, record: { by: 'anna', how: { kind: 'clone', records: 2, again: false } } },
    });
    expect(await log.sync()).toEqual({ ok: true, value: undefined });
    expect(log.state()).toMatchObject({ head: second, adoptions: 1, counter: 2 });
    expect([...log.state().enrolments.keys()]).toEqual(['token-a', 'token-b']);
    expect(await log.append([enrolled('c')])).toMatchObject({ ok: true });
    // Under their own names: whoever knew them goes on without a break.
    expect(await lines(dir, 'rev-list', ref)).toContain((await lines(clone, 'rev-parse', ref))[0]);
    expect((await openedLog(dir)).log.state()).toEqual(log.state());
    await git(dir, 'verify-commit', ref);
    await fsck(dir);
  });

  it('goes on above what is missing where an operator says so', async () => {
    const { dir } = await cutLog();
    const { log } = await openedLog(dir);
    log.prove(proofOf('d', 7, 40));
    expect(await log.sync()).toMatchObject({ ok: false });
    expect(await adoptAbove(await optionsFor(dir), 6)).toMatchObject({ ok: true });
    expect(await log.sync()).toMatchObject({ ok: false, error: { code: 'log-behind' } });
    expect(await adoptAbove(await optionsFor(dir), 40)).toMatchObject({ ok: true });
    expect(await log.sync()).toEqual({ ok: true, value: undefined });
    expect(recordedVersions(log.state())).toEqual({ targets: 40, snapshot: 40, timestamp: 40 });
    expect(log.state().revision?.commit).toBe(first);
    await fsck(dir);
  });
});

describe('when two snapshots of one version were signed, the first of them lost', () => {
  it('takes the file of a device as proof, whatever its version', async () => {
    const { dir } = await cutLog();
    const { log } = await openedLog(dir);
    await log.append([{ ...revision(third, 3), snapshot: '{"another":3}' }]);
    log.prove(proofOf('d', 2, 2));
    expect(await log.append([enrolled('c')])).toMatchObject({ ok: false, error: { code: 'log-behind' } });
    expect(await adoptAbove(await optionsFor(dir), 3)).toMatchObject({ ok: true });
    expect(await log.sync()).toEqual({ ok: true, value: undefined });
    log.prove(proofOf('d', 2, 2));
    expect(await log.append([enrolled('c')])).toMatchObject({ ok: true });
  });
});

describe('when a server knew what was cut off', () => {
  it('takes another log in its place only where an operator adopted it, above all that it knew', async () => {
    const dir = await bareRepository();
    const { log } = await openedLog(dir);
    for (const record of [revision(first, 1), revision(second, 2), revision(third, 3)])
      await log.append([record]);
    await git(dir, 'update-ref', ref, `${ref}~2`);
    const other = await openedLog(dir, { replica: 'b' });
    await other.log.append([enrolled('a')]);
    expect(await log.sync()).toMatchObject({ ok: false, error: { code: 'log-behind' } });
    expect(await adoptAbove(await optionsFor(dir), 2)).toMatchObject({ ok: true });
    expect(await log.sync()).toMatchObject({ ok: false, error: { code: 'log-behind' } });
    expect(await adoptAbove(await optionsFor(dir), 3)).toMatchObject({ ok: true });
    expect(await log.sync()).toEqual({ ok: true, value: undefined });
    expect([...log.state().enrolments.keys()]).toEqual(['token-a']);
    expect(await log.append([enrolled('b')])).toMatchObject({ ok: true });
  });
});

describe('when records are adopted from a clone', () => {
  it('stand once more after those that were written without them, and change nothing that came later', async () => {
    const { dir, clone } = await cutLog();
    const { log } = await openedLog(dir);
    await log.append([revision(third, 5)]);
    expect(await adoptFrom(await optionsFor(dir), await cloneOf(clone))).toMatchObject({
      ok: true,
      value: { record: { how: { records: 2, again: true } } },
    });
    // A reader sees each by its own time.
    const kinds = ['revision', 'enrolled', 'revision', 'revision', 'enrolled', 'adopted'];
    expect(await kindsIn(dir)).toEqual(kinds);
    const { log: again } = await openedLog(dir);
    expect(again.state()).toMatchObject({ head: third, revision: { commit: third }, counter: 5 });
    expect([...again.state().enrolments.keys()]).toEqual(['token-a', 'token-b']);
    // Version 2 was signed by the one, 5 by the other: what is new to every device is above both.
    expect(again.state().floor).toBe(5);
    await log.sync();
    expect(log.state()).toEqual(again.state());
    await fsck(dir);
  });

  it('takes none that we did not sign, and leaves behind what others put on top of ours', async () => {
    const { dir, clone } = await cutLog();
    const forge = async (repo: string): Promise<string> => {
      const [tree = '', head = ''] = await lines(repo, 'rev-parse', `${ref}^{tree}`, ref);
      const [forged = ''] = await lines(repo, 'commit-tree', '-p', head, '-m', 'mine', tree);
      await git(repo, 'update-ref', ref, forged);
      return forged;
    };
    const [ours, theirs] = [await forge(dir), await forge(clone)];
    await expect(openedLog(dir)).rejects.toThrow('log-forged');
    expect(await adoptFrom(await optionsFor(dir), await cloneOf(clone))).toMatchObject({
      ok: true,
      value: { dropped: ours, record: { how: { records: 2 } } },
    });
    expect(await lines(dir, 'rev-list', ref)).not.toContain(theirs);
    expect((await openedLog(dir)).log.state().head).toBe(second);
    expect(await adoptFrom(await optionsFor(dir), await cloneOf(clone))).toMatchObject({
      ok: false,
      error: { code: 'nothing-to-adopt' },
    });
  });

  it('is no word of anybody else: without our key it is a forged log', async () => {
    const { dir, clone } = await cutLog();
    const stranger = ed25519Signer(createEd25519Key());
    await adoptFrom(await optionsFor(dir, stranger), await cloneOf(clone));
    await expect(openedLog(dir)).rejects.toThrow('log-forged');
  });
});

describe('when the key that signs the log is replaced', () => {
  it('believes the old key up to the first commit of the new one, and never after it', async () => {
    const dir = await bareRepository();
    const next = ed25519Signer(createEd25519Key());
    const trusted = () => [[signer.publicKey], [next.publicKey]];
    const [old, late] = [await openedLog(dir, { trusted }), await openedLog(dir, { trusted })];
    await old.log.append([enrolled('a')]);
    const now = await openedLog(dir, { by: next, trusted });
    await now.log.append([enrolled('b')]);
    expect((await openedLog(dir, { trusted })).log.state().enrolments.size).toBe(2);
    await late.log.sync();
    await late.log.append([enrolled('c')]);
    expect(await now.log.sync()).toMatchObject({ ok: false, error: { code: 'log-forged' } });
    await expect(openedLog(dir, { trusted })).rejects.toThrow('log-forged');
  });
});
