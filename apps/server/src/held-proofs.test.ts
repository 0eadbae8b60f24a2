// SPDX-License-Identifier: Apache-2.0
import { silentLogger } from '@fairlead/base';
import type { GatewayEvent } from '@fairlead/gateway';
import { adoptAbove, recordedVersions } from '@fairlead/log';
import { createEd25519Key, ed25519Signer, signRevision, type SignedRevision } from '@fairlead/trust/sign';
import { systemClock } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createHeldProofs } from './held-proofs.ts';
import { newLine, signal, type Line } from './release-line.fixture.ts';
import { devices, newFleet } from './server.fixture.ts';

const [device] = devices;
const none = new Uint8Array();

/** A server with one revision, and what a device tells it when it connects. */
async function meet() {
  const line = await newLine(await newFleet());
  const head = await line.fleet.head();
  const follow = () => line.release.follow(line.repository, head, signal);
  expect(await follow()).toMatchObject({ ok: true });
  let looks = 0;
  const held = createHeldProofs({
    bench: () => line.benches.current(),
    logger: silentLogger,
    look: () => {
      looks += 1;
    },
  });
  return {
    line,
    follow,
    tell: (files: { readonly timestampFile: Uint8Array; readonly snapshotFile: Uint8Array }) => {
      const versions = { root: 1, timestamp: 99, snapshot: 99, targets: 99, counter: 99 };
      const event: GatewayEvent & { kind: 'held' } = { kind: 'held', device, held: versions, ...files };
      held(event);
      return looks;
    },
    /** Whether a record can be written: an enrolment, a renewal, a revision. */
    append: async () => {
      const record = { kind: 'skipped', at: new Date().toISOString(), commit: head, by: head } as const;
      const appended = await line.benches.current()?.log.append([record]);
      return appended?.ok === false ? appended.error.code : 'recorded';
    },
  };
}

/** The next revision after the published one, signed but recorded nowhere. */
function unrecorded({ keys, published, clock }: Line, stranger = false): SignedRevision {
  const signers = keys.signers();
  const [last] = published;
  if (!signers.ok || last === undefined) throw new Error('no signers');
  const other = [ed25519Signer(createEd25519Key())];
  return signRevision({
    signers: stranger ? { targets: other, snapshot: other, timestamp: other } : signers.value,
    recorded: { targets: 6, snapshot: 7, timestamp: 8 },
    manifest: last.compiled.manifestBytes,
    now: clock.now(),
  });
}

const filesOf = ({ timestamp, snapshot }: SignedRevision) => ({
  timestampFile: timestamp.bytes,
  snapshotFile: snapshot.bytes,
});

describe('when a device holds what no record names', () => {
  it('has no effect that it claims so, or shows files of other makers', async () => {
    const { line, tell, append, follow } = await meet();
    const genuine = filesOf(unrecorded(line));
    const [published] = line.published;
    for (const files of [
      { timestampFile: none, snapshotFile: none },
      { timestampFile: none, snapshotFile: Buffer.from('{"signed":{"version":99}}') },
      { timestampFile: none, snapshotFile: Buffer.alloc(16 * 1024, '[') },
      // Another of our files in its place.
      { timestampFile: genuine.timestampFile, snapshotFile: genuine.timestampFile },
      { timestampFile: genuine.timestampFile, snapshotFile: genuine.snapshotFile.subarray(1) },
      filesOf(unrecorded(line, true)),
      ...(published === undefined ? [] : [filesOf(published.signed)]),
    ])
      expect(tell(files)).toBe(0);
    expect(await append()).toBe('recorded');
    expect(await follow()).toMatchObject({ ok: true });
  }, 60_000);

  it('stops every signature where we signed it, until the log is adopted above it', async () => {
    const { line, tell, append, follow } = await meet();
    expect(tell(filesOf(unrecorded(line)))).toBe(1);
    expect(await append()).toBe('log-behind');
    expect(await follow()).toMatchObject({
      ok: false,
      error: { area: 'log', problem: { code: 'log-behind', hint: expect.stringContaining('--above 9') } },
    });
    expect(await line.release.refresh(signal)).toEqual({ ok: true, value: 'nothing due' });
    const { repository, keys } = line;
    const adopted = await adoptAbove(
      {
        repository,
        branch: 'main',
        signer: keys.logSigner,
        trusted: () => [[keys.logSigner.publicKey]],
        clock: systemClock,
        by: 'anna',
      },
      9,
    );
    expect(adopted).toMatchObject({ ok: true });
    expect(await follow()).toMatchObject({ ok: true });
    expect(await append()).toBe('recorded');
    // What devices hold is newer than what was recorded: all is signed again, above it.
    expect(await line.release.refresh(signal)).toEqual({ ok: true, value: 'signed' });
    const state = line.benches.current()?.log.state();
    expect(state && recordedVersions(state)).toEqual({ targets: 10, snapshot: 10, timestamp: 10 });
    expect(line.published.at(-1)?.signed.snapshot.version).toBe(10);
    expect(await line.release.refresh(signal)).toEqual({ ok: true, value: 'nothing due' });
  }, 60_000);
});
