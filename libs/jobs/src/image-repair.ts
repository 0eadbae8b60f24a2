// SPDX-License-Identifier: Apache-2.0
import { withDeadline, type Clock } from '@fairlead/base';
import type { Drift, DriftMode, ExpectedUnit } from '@fairlead/engine';
import type { JobImage, JobUnit } from '@fairlead/target';
import type { ImageDrift } from './image-drift.ts';
import { replaceImage, type ImageContext } from './images.ts';
import type { Supervisor } from './supervisor.ts';

export interface ImageRepair {
  /** Finds images that were changed, and unpacks them anew; the jobs that run from them begin again. */
  heal(
    committed: readonly ExpectedUnit<JobUnit>[],
    mode: DriftMode,
    signal: AbortSignal,
  ): Promise<readonly Drift[]>;
}

/** How often one image is unpacked anew at most, in milliseconds: a program that writes into its own image would begin again for ever. */
const repairEveryMs = 60_000;

/** Longest that a repair waits for a host; the next goes on where it stopped. In milliseconds. */
const fetchForMs = 30_000;

export function createImageRepair(
  context: ImageContext,
  drift: ImageDrift,
  clock: Clock,
  supervisor: (name: string) => Supervisor,
): ImageRepair {
  const { layout, artifacts } = context;
  const triedAt = new Map<string, number>();

  const isFetched = async (image: JobImage, signal: AbortSignal): Promise<boolean> => {
    try {
      const wait = (inTime: AbortSignal) => artifacts.fetch(image, inTime);
      return (await withDeadline(clock, fetchForMs, signal, wait)).ok;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  };

  const repair = async (
    image: JobImage,
    users: readonly ExpectedUnit<JobUnit>[],
    signal: AbortSignal,
  ): Promise<boolean> => {
    const folder = layout.image(image);
    const last = triedAt.get(folder);
    if (last !== undefined && clock.monotonic() - last < repairEveryMs) return false;
    triedAt.set(folder, clock.monotonic());
    if (!(await isFetched(image, signal))) return false;
    // Those with a root folder of their own have a copy.
    const running = users.filter(
      ({ unit, runs }) =>
        runs && unit.chroot.kind !== 'image' && supervisor(unit.name).state().kind !== 'finished',
    );
    // Stopped first: after a crash in between, what is not running is started; what ran on would not be told from the others.
    const replaced = await replaceImage(image, context, signal, async () => {
      for (const { unit } of running) await supervisor(unit.name).stop(signal);
    });
    if (!replaced.ok) return false;
    drift.forget(folder);
    for (const { unit, digest } of running) await supervisor(unit.name).startWhenReady({ unit, digest });
    return true;
  };

  return {
    async heal(committed, mode, signal) {
      const usersOf = new Map<string, { image: JobImage; users: ExpectedUnit<JobUnit>[] }>();
      for (const each of committed) {
        for (const { image } of each.unit.members) {
          if (image === null) continue;
          const known = usersOf.get(layout.image(image)) ?? { image, users: [] };
          if (!known.users.includes(each)) known.users.push(each);
          usersOf.set(layout.image(image), known);
        }
      }
      const drifts: Drift[] = [];
      const found = await drift.look([...usersOf.values()].map(({ image }) => image));
      for (const [folder, paths] of found) {
        const used = usersOf.get(folder);
        if (used === undefined) continue;
        const healed = mode === 'heal' && (await repair(used.image, used.users, signal));
        const message = `files of its image were changed: ${shortened(paths)}`;
        drifts.push(...used.users.map(({ unit }) => ({ name: unit.name, message, healed })));
      }
      return drifts;
    },
  };
}

function shortened(paths: readonly string[]): string {
  const named = paths.slice(0, 5).join(', ');
  return paths.length <= 5 ? named : `${named} and ${String(paths.length - 5)} more`;
}
