// SPDX-License-Identifier: Apache-2.0
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditFleet, type AuditReport } from './audit-fleet.ts';
import type { Checkpoint } from './checkpoint.ts';
import { createEventfulFleet } from './eventful-fleet.fixture.ts';
import { insiders } from './insiders.fixture.ts';
import { loadRepository, type MemoryRepository } from './memory-repository.fixture.ts';
import {
  chanceOf,
  outsiders,
  takeOriginal,
  type Deed,
  type Original,
  type Tampering,
} from './tampering.fixture.ts';

const { signal } = new AbortController();
const isLong = process.env['FAIRLEAD_LONG'] === '1';
const seed = Number(process.env['FAIRLEAD_SEED'] ?? randomInt(2 ** 31));
const deeds = Object.entries({ ...outsiders, ...insiders });
const times = isLong ? 10_000 : 1000;

let original: Original;
let checkpoint: Checkpoint;
let root: Buffer;

async function audit({ source }: MemoryRepository, since?: Checkpoint): Promise<AuditReport> {
  const audited = await auditFleet({
    repository: source,
    branch: 'main',
    root: { kind: 'bytes', bytes: root },
    since,
    signal,
  });
  if (!audited.ok) throw new Error(audited.error.message);
  return audited.value;
}

beforeAll(async () => {
  process.stderr.write(`tampering: FAIRLEAD_SEED=${String(seed)}\n`);
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-tampering-'));
  const fleet = await createEventfulFleet(folder);
  ({ root } = fleet);
  const repository = await loadRepository(fleet.dir);
  await rm(folder, { recursive: true });
  original = await takeOriginal(repository, fleet.snapshotSigners());
  const clean = await audit(repository);
  if (clean.checkpoint === null) throw new Error(JSON.stringify(clean.findings));
  ({ checkpoint } = clean);
});

/** A generator of numbers in [0, 1) that another machine repeats. */
function randomOf(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function commit(deed: Deed, random: () => number): Promise<readonly [Tampering, MemoryRepository]> {
  for (;;) {
    const copy = original.repository.copy();
    const tampering = await deed(original, copy, chanceOf(random));
    if (tampering !== undefined) return [tampering, copy];
  }
}

describe('when somebody tampers with the log', () => {
  it.each(deeds.map(([name]) => name))(
    'and %s, it is found and named',
    { timeout: 600_000 },
    async (name) => {
      const deed = deeds.find(([own]) => own === name)?.[1];
      if (deed === undefined) throw new Error('no such deed');
      const random = randomOf(seed ^ Buffer.from(name).reduce((sum, byte) => Math.imul(sum, 31) + byte, 7));
      for (let time = 0; time < times / deeds.length; time += 1) {
        const [tampering, copy] = await commit(deed, random);
        const { what, codes, isThere, needsCheckpoint, isWarning } = tampering;
        const report = await audit(copy, needsCheckpoint === true ? checkpoint : undefined);
        const named = report.findings.filter((finding) => codes.includes(finding.code) && isThere(finding));
        const all = report.findings.map((finding) => JSON.stringify(finding)).join('\n');
        expect(named, `${what}, seed ${String(seed)}, found:\n${all}`).not.toHaveLength(0);
        if (isWarning !== true) expect(report.ok, what).toBe(false);
      }
    },
  );
});
