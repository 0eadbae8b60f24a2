// SPDX-License-Identifier: Apache-2.0
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unfinishedPrefix, type ArtifactStore } from '@fairlead/artifacts';
import { digestHex, type Digest } from '@fairlead/base';
import type { JobUnit } from '@fairlead/target';
import { collectImages } from './images.ts';
import type { Layout } from './layout.ts';
import { newestRun, runGroups } from './run-folder.ts';
import { closeGroups } from './run-groups.ts';
import { currentVersion, knownUnits, readVersion } from './versions.ts';

/**
 * Drops versions that are not kept, units of which nothing is left, then images and artifacts that no version needs. The version
 * that is switched on stays whatever is asked, and what was fetched for `unfinished` ones, which are not staged yet. Names of the units that are gone.
 */
export async function cleanUnits(
  keep: ReadonlyMap<string, readonly Digest[]>,
  layout: Layout,
  artifacts: ArtifactStore,
  unfinished: readonly JobUnit[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const left: JobUnit[] = [];
  let isKnown = true;
  const gone: string[] = [];
  for (const name of await knownUnits(layout)) {
    signal.throwIfAborted();
    const current = currentVersion(layout, name);
    const kept = new Set([...(keep.get(name) ?? []), ...(current === null ? [] : [current])].map(digestHex));
    for (const version of await readdir(layout.versions(name)).catch(() => [])) {
      if (!kept.has(version)) await discard(layout.versions(name), version);
    }
    if (kept.size === 0) {
      await dropUnit(name, layout);
      gone.push(name);
      continue;
    }
    for (const version of keep.get(name) ?? []) {
      const unit = await readVersion(layout, name, version).catch(() => null);
      if (unit !== null) left.push(unit);
    }
    if (current === null) continue;
    const unit = await readVersion(layout, name, current).catch(() => null);
    if (unit === null) isKnown = false;
    else left.push(unit);
  }
  // What a damaged version needs is not known; until it is put right, nothing that it may need is thrown away.
  if (isKnown) await collectImages(layout, [...left, ...unfinished]);
  // Whatever finished versions need of the store stands unpacked or copied among them.
  await artifacts.collect(new Set(unfinished.flatMap(artifactsOf)));
  return gone;
}

function artifactsOf(unit: JobUnit): readonly Digest[] {
  return unit.members.flatMap(({ image, configs }) => [
    ...(image === null ? [] : [image.digest]),
    ...configs.flatMap((config) => config.files.map((file) => file.digest)),
  ]);
}

async function dropUnit(name: string, layout: Layout): Promise<void> {
  const last = await newestRun(layout.runs(name));
  if (last !== null) await closeGroups(runGroups(last));
  await rm(layout.runs(name), { recursive: true, force: true });
  await rm(layout.unit(name), { recursive: true, force: true });
}

/** Renamed first: half a version must not keep the name of a whole one. */
async function discard(folder: string, name: string): Promise<void> {
  if (name.startsWith(unfinishedPrefix)) {
    await rm(join(folder, name), { recursive: true, force: true });
    return;
  }
  const dropped = join(folder, `${unfinishedPrefix}dropped-${name}`);
  await rename(join(folder, name), dropped);
  await rm(dropped, { recursive: true, force: true });
}
