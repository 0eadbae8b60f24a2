// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { EngineApi } from './engine-api.ts';
import type { OwnContainer, OwnUnit } from './inventory.ts';

/**
 * Removes containers of versions that are not kept, and then the images that came for them alone. What is switched on stays whatever
 * is asked, and so does what runs. Names of the units that are gone.
 */
export async function cleanUnits(
  api: EngineApi,
  units: readonly OwnUnit[],
  keep: ReadonlyMap<string, readonly Digest[]>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const isKept = (unit: OwnUnit, container: OwnContainer): boolean =>
    container === unit.current ||
    container.running ||
    (unit.versions.includes(container) && (keep.get(unit.name) ?? []).includes(container.mark.version));
  const all = units.flatMap((unit) =>
    [...unit.versions, ...unit.unfinished].map((container) => ({ container, kept: isKept(unit, container) })),
  );
  for (const { container, kept } of all) if (!kept) await api.remove(container.id, signal);
  const needed = new Set(all.flatMap(({ container, kept }) => (kept ? container.mark.images : [])));
  const unneeded = new Set(all.flatMap(({ container, kept }) => (kept ? [] : container.mark.images)));
  for (const image of unneeded) if (!needed.has(image)) await api.removeImage(image, signal);
  const left = new Set(all.flatMap(({ container, kept }) => (kept ? [container.mark.unit] : [])));
  return units.map(({ name }) => name).filter((name) => !left.has(name));
}
