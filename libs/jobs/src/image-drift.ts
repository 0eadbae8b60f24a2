// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { JobImage } from '@fairlead/target';
import { contentOf, lookAt, readRecord, recordImage, type RecordedEntry } from './image-record.ts';
import type { Layout } from './layout.ts';

/**
 * Sees what was changed in unpacked images. A look goes through a part of them, from where the last one stopped; two looks go through all.
 * What somebody put beside the files of an image is not judged: programs keep caches beside themselves.
 */
export interface ImageDrift {
  /** Paths that differ from what was unpacked, by folder of the image; those of earlier looks too, as long as they do. */
  look(images: readonly JobImage[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** The image of this folder was unpacked anew. */
  forget(folder: string): void;
}

/** Looks that go through everything, so that a change is seen within so many of them. */
const looksForAll = 2;
/** Bytes of records that are gone through at once, and in a look at least: some 1,500 entries, 10 ms. */
const bytesAtOnce = 256 * 1024;

interface Watched {
  readonly differing: Map<string, RecordedEntry>;
  /** Marks under which a file was read and found to be the same, by path. */
  readonly same: Map<string, string>;
  /** Where in its record the next look goes on. */
  next: number;
}

export function createImageDrift(layout: Layout): ImageDrift {
  const watched = new Map<string, Watched>();
  /** The folder where the next look begins. */
  let first: string | undefined;

  const isSame = async (
    folder: string,
    entry: RecordedEntry,
    same: Map<string, string>,
  ): Promise<boolean> => {
    const path = join(folder, entry.path);
    const found = lookAt(path);
    if (found === null || found.kind !== entry.kind || found.mode !== entry.mode) return false;
    if (entry.kind === 'file' && (found.mark === entry.mark || found.mark === same.get(entry.path)))
      return true;
    if ((await contentOf(path, entry.kind)) !== entry.content) return false;
    if (entry.kind === 'file') same.set(entry.path, found.mark);
    return true;
  };

  /** Bytes of the record that it went through. */
  const lookAtImage = async (image: JobImage, state: Watched, bytes: number): Promise<number> => {
    const folder = layout.image(image);
    const slice = await readRecord(layout.imageRecord(image), state.next, bytes);
    if (slice === null) {
      // Unpacked by an agent that kept no records: what is there now counts.
      await recordImage(folder, layout.imageRecord(image));
      return bytes;
    }
    for (const entry of [...state.differing.values(), ...slice.entries]) {
      const same = await isSame(folder, entry, state.same).catch(() => false);
      if (same) state.differing.delete(entry.path);
      else state.differing.set(entry.path, entry);
    }
    state.next = slice.next;
    return slice.bytes;
  };

  const bytesOf = async (images: readonly JobImage[]): Promise<number> => {
    const sizes = await Promise.all(
      images.map((image) =>
        stat(layout.imageRecord(image)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  };

  return {
    async look(images) {
      const all = new Map(images.map((image) => [layout.image(image), image]));
      for (const folder of watched.keys()) if (!all.has(folder)) watched.delete(folder);
      const folders = [...all.keys()].sort();
      const start = Math.max(0, folders.indexOf(first ?? ''));
      let left = Math.max(bytesAtOnce, (await bytesOf([...all.values()])) / looksForAll);
      for (let turn = 0; turn < folders.length && left > 0; turn += 1) {
        const folder = folders[(start + turn) % folders.length] ?? '';
        const image = all.get(folder);
        // One that is gone is told of as missing, by whoever needs it.
        if (image === undefined || !existsSync(folder)) continue;
        const state = watched.get(folder) ?? { differing: new Map(), same: new Map(), next: 0 };
        watched.set(folder, state);
        do {
          left -= await lookAtImage(image, state, Math.min(left, bytesAtOnce));
          // What else the agent does must not wait for a large image.
          await setImmediate();
        } while (state.next > 0 && left > 0);
        first = state.next > 0 ? folder : folders[(start + turn + 1) % folders.length];
      }
      return new Map(
        [...watched].flatMap(([folder, { differing }]) =>
          differing.size === 0 ? [] : [[folder, [...differing.keys()].sort()] as const],
        ),
      );
    },
    forget(folder) {
      watched.delete(folder);
    },
  };
}
