// SPDX-License-Identifier: Apache-2.0
import { digestHex } from '@fairlead/base';
import { targetOf } from '@fairlead/target/testing';
import { tempDir, waitFor } from '@fairlead/testing';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { job, startRig, untilOutcomes, untilState } from './started-rig.fixture.ts';
import { revision, type Rig } from './rig.fixture.ts';

const one = targetOf(job('a', 1), job('b', 1));
const two = targetOf(job('a', 2), job('b', 1));
/** As the second, but it never gets ready. */
const hanging = targetOf(job('a', 2, { env: { HANG_READY: '' } }), job('b', 1));

/** A device that runs the first revision, switched off. */
async function device(): Promise<Rig & { readonly dir: string }> {
  const dir = await tempDir();
  const rig = await startRig({ dir });
  rig.engine.submit(revision(one));
  await untilOutcomes(rig, 1);
  await untilState(rig, (state) => state.activity.kind === 'idle' && state.units.length === 2);
  return { ...rig, dir };
}

const damage = {
  'a line is garbage': (text: string) => text.replace(/\n(?=.*\S)/, '\n\0\0\u0001garbage\n'),
  'a line is missing': (text: string) =>
    text
      .split('\n')
      .filter((line) => !line.includes('"kind":"apply"'))
      .join('\n'),
  'a line says what no agent wrote': (text: string) => text.replace('"kind":"begun"', '"kind":"dance"'),
};

describe('when the journal is damaged', () => {
  it.each(Object.entries(damage))(
    'goes back to what was committed last, and applies what comes (%s)',
    async (_, spoil) => {
      const old = await device();
      old.engine.submit(revision(hanging, 2));
      await waitFor(() => old.domain.calls.includes('ready a v2'), { everyMs: 2 });
      await old.engine.stop();
      const text = await readFile(old.journalPath, 'utf8');
      expect(spoil(text)).not.toBe(text);
      await writeFile(old.journalPath, spoil(text));

      const rig = await startRig({ dir: old.dir });
      await waitFor(async () => (await rig.domain.snapshot())['a']?.version === 'v1', { everyMs: 2 });
      await untilState(rig, (state) => state.activity.kind === 'idle' && state.units.length === 2);
      expect(rig.engine.state()).toMatchObject({
        committed: { target: revision(one).target },
        desired: null,
      });
      expect(await readFile(`${rig.journalPath}.damaged`, 'utf8')).toBe(spoil(text));

      rig.engine.submit(revision(two, 3));
      const applied = await waitFor(() => rig.outcomes.find((outcome) => outcome.counter === 3), {
        everyMs: 2,
      });
      expect(applied.result).toBe('applied');
      // No receipt of before can have this number.
      expect(applied.id).toBeGreaterThan(2 ** 32);
      expect(await rig.domain.snapshot()).toEqual({
        a: { version: 'v2', runs: true },
        b: { version: 'v1', runs: true },
      });
      expect(rig.domain.calls.filter((call) => /\bb\b/.test(call))).toEqual([]);
    },
  );

  it('brings the committed units up after a reboot, without being asked', async () => {
    const old = await device();
    await old.engine.stop();
    await old.domain.reboot();
    const text = await readFile(old.journalPath, 'utf8');
    await writeFile(
      old.journalPath,
      `${text.trimEnd()}\ngarbage\n${JSON.stringify({ kind: 'boot', boot: 'x' })}\n`,
    );

    const rig = await startRig({ dir: old.dir, boot: 'boot-2' });

    await waitFor(async () => Object.values(await rig.domain.snapshot()).every((unit) => unit.runs), {
      everyMs: 2,
    });
    expect(await rig.domain.snapshot()).toMatchObject({ a: { version: 'v1' }, b: { version: 'v1' } });
  });

  it('leaves what runs alone where nothing is readable, until it is told again what it shall be', async () => {
    const old = await device();
    await old.engine.stop();
    await writeFile(old.journalPath, 'garbage\n{"kind":"garbage"}\n');

    const rig = await startRig({ dir: old.dir });
    await untilState(rig, (state) => state.units.length === 2);
    expect(rig.engine.state().committed).toBeNull();
    rig.engine.submit(revision(one));
    await untilOutcomes(rig, 1);

    expect(rig.outcomes).toMatchObject([{ result: 'applied' }]);
    expect(rig.domain.calls.filter((call) => call !== 'clean')).toEqual([]);
    expect(await rig.domain.snapshot()).toMatchObject({ a: { runs: true }, b: { runs: true } });
  });
});

describe('when a target state is gone', () => {
  it('does not know what it is at, touches nothing, and applies what comes', async () => {
    const old = await device();
    await old.engine.stop();
    await rm(join(old.dir, 'targets', `${digestHex(revision(one).target)}.json`));

    const rig = await startRig({ dir: old.dir });
    await untilState(rig, (state) => state.units.length === 2);
    expect(rig.engine.state()).toMatchObject({ committed: null, desired: null });
    rig.engine.submit(revision(two, 2));
    await waitFor(() => rig.outcomes.some((outcome) => outcome.counter === 2), { everyMs: 2 });

    expect(await rig.domain.snapshot()).toEqual({
      a: { version: 'v2', runs: true },
      b: { version: 'v1', runs: true },
    });
    expect(rig.domain.calls).not.toContain('stop b');
  });

  it('drops a transaction that cannot be finished without it', async () => {
    const old = await device();
    old.engine.submit(revision(hanging, 2));
    await waitFor(() => old.domain.calls.includes('ready a v2'), { everyMs: 2 });
    await old.engine.stop();
    await rm(join(old.dir, 'targets', `${digestHex(revision(hanging).target)}.json`));

    const rig = await startRig({ dir: old.dir });

    await waitFor(async () => (await rig.domain.snapshot())['a']?.version === 'v1', { everyMs: 2 });
    expect(rig.engine.state()).toMatchObject({ committed: { target: revision(one).target }, desired: null });
  });
});
