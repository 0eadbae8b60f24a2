// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { digestFromHex, digestHex, FairleadError, sha256, type Digest } from '@fairlead/base';
import type { JobUnit } from '@fairlead/target';
import { syncFolder } from '@fairlead/artifacts';
import type { Layout } from './layout.ts';

const hexName = /^[0-9a-f]{64}$/;

/** Units of which anything is on the device. */
export async function knownUnits(layout: Layout): Promise<readonly string[]> {
  return (await readdir(layout.units).catch(() => [])).filter((name) => !name.startsWith('.'));
}

/** Versions that are whole; one that was not finished has no such name. Looked at as often as the one below, and in the same way. */
export function stagedVersions(layout: Layout, unit: string): readonly Digest[] {
  try {
    const names = readdirSync(layout.versions(unit));
    return names.filter((name) => hexName.test(name)).map(digestFromHex);
  } catch {
    return [];
  }
}

export function isStaged(layout: Layout, unit: string, version: Digest): boolean {
  return existsSync(layout.version(unit, version));
}

/** The version that is switched on; null: none. Looked at for every unit every few seconds, so without a turn of the thread pool. */
export function currentVersion(layout: Layout, unit: string): Digest | null {
  try {
    const name = basename(readlinkSync(layout.current(unit)));
    return hexName.test(name) ? digestFromHex(name) : null;
  } catch {
    return null;
  }
}

/** Points `current` elsewhere by renaming a new link over it: at no time is it missing or half changed. */
export async function switchVersion(layout: Layout, unit: string, to: Digest | null): Promise<void> {
  const current = layout.current(unit);
  if (to === null) {
    await rm(current, { force: true });
  } else {
    const next = `${current}.next`;
    await rm(next, { force: true });
    await symlink(join('versions', digestHex(to)), next);
    await rename(next, current);
  }
  await syncFolder(layout.unit(unit)).catch((error: unknown) => {
    if (to !== null) throw error;
  });
}

export const unitFile = 'unit.json';

/**
 * The unit that a staged version is of. Its bytes were parsed strictly when they came as part of a target state, and are believed
 * by their digest since: what was changed on disk does not run.
 */
export async function readVersion(layout: Layout, unit: string, version: Digest): Promise<JobUnit> {
  const path = join(layout.version(unit, version), unitFile);
  const bytes = await readFile(path);
  if (sha256(bytes) !== version) {
    throw new FairleadError({ code: 'storage-failed', message: `'${path}' is not what was staged` });
  }
  return JSON.parse(bytes.toString('utf8')) as JobUnit;
}
