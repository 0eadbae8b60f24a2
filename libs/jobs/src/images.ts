// SPDX-License-Identifier: Apache-2.0
import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  publish,
  unfinishedPrefix,
  unpackArchive,
  unpackedBytes,
  type ArchiveFormat,
  type ArtifactStore,
} from '@fairlead/artifacts';
import { err, formatSize, ok, type Result } from '@fairlead/base';
import type { Exclusive, StepFailure } from '@fairlead/engine';
import type { JobImage, JobUnit } from '@fairlead/target';
import { sync, treeBytes } from './copy-tree.ts';
import { recordImage } from './image-record.ts';
import { imageFileName, type Layout } from './layout.ts';

export interface ImageContext {
  readonly layout: Layout;
  readonly artifacts: ArtifactStore;
  /** Bytes that one image may hold unpacked. */
  readonly unpackBytes: number;
  /** Free bytes that unpacking leaves. */
  readonly reserveBytes: number;
  /** One image at a time: none is unpacked twice at once, and the room that was counted for one is not another's meanwhile. */
  readonly unpacking: Exclusive;
}

/** Brings an image to its folder: fetched, verified, unpacked once for all who name the same bytes. */
export async function stageImage(
  image: JobImage,
  context: ImageContext,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const folder = context.layout.image(image);
  if (await isThere(folder)) return ok();
  const fetched = await context.artifacts.fetch(image, signal);
  if (!fetched.ok) return fetched;
  return context.unpacking(async () => {
    // Another unit that names the same bytes may have been first.
    if (await isThere(folder)) return ok();
    const fresh = await freshImage(image, fetched.value, context, signal);
    if (!fresh.ok) return fresh;
    await publish(fresh.value, folder);
    return ok();
  });
}

/** Puts an image in the place of one that was changed; `before` is called when all that is left is to rename it. It was fetched already. */
export async function replaceImage(
  image: JobImage,
  context: ImageContext,
  signal: AbortSignal,
  before: () => Promise<void>,
): Promise<Result<void, StepFailure>> {
  const { layout, artifacts } = context;
  const archive = await artifacts.find(image.digest);
  if (archive === null) return err({ code: 'storage-failed', message: `${image.url} is not on the device` });
  return context.unpacking(async () => {
    const fresh = await freshImage(image, archive, context, signal);
    if (!fresh.ok) return fresh;
    await before();
    const folder = layout.image(image);
    const changed = join(layout.images, `${unfinishedPrefix}changed-${basename(folder)}`);
    await rm(changed, { recursive: true, force: true });
    await rename(folder, changed);
    await publish(fresh.value, folder);
    await rm(changed, { recursive: true, force: true });
    return ok();
  });
}

/** Unpacks an image beside its place and writes down what it holds. The folder that it is in. */
async function freshImage(
  image: JobImage,
  archive: string,
  context: ImageContext,
  signal: AbortSignal,
): Promise<Result<string, StepFailure>> {
  const { layout } = context;
  const fresh = join(layout.images, `${unfinishedPrefix}fresh-${basename(layout.image(image))}`);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(layout.images, { recursive: true, mode: 0o755 });
  if (image.format === 'file') await copyImage(image, archive, fresh);
  else {
    const unpacked = await unpackImage(image, image.format, archive, fresh, context, signal);
    if (!unpacked.ok) return unpacked;
  }
  await recordImage(fresh, layout.imageRecord(image));
  return ok(fresh);
}

async function copyImage(image: JobImage, archive: string, folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o755 });
  const path = join(folder, imageFileName(image));
  await copyFile(archive, path, constants.COPYFILE_FICLONE);
  // A single file is a program, or read by one.
  await chmod(path, 0o755);
  await sync(path);
}

/** How large it is unpacked is known only now; what is too large for the disk is refused before anything of it is written. */
async function unpackImage(
  image: JobImage,
  format: ArchiveFormat,
  archive: string,
  into: string,
  { layout, unpackBytes, reserveBytes }: ImageContext,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const { bavail, bsize } = await statfs(layout.images);
  const [needed, free] = [await unpackedBytes(archive, format), bavail * bsize];
  if (needed + reserveBytes > free) {
    const sizes = `needs ${formatSize(needed)} and ${formatSize(reserveBytes)} in reserve, free are ${formatSize(free)}`;
    return err({ code: 'no-space', message: `${image.url} unpacked ${sizes}` });
  }
  const limits = { bytes: unpackBytes, room: free - reserveBytes };
  return unpackArchive({ archive, format, into, limits }, signal);
}

/** True if every image of a unit is on the device. */
export function hasImages(unit: JobUnit, layout: Layout): boolean {
  return unit.members.every(({ image }) => image === null || existsSync(layout.image(image)));
}

/** Bytes that staging an image still writes. Until the archive is here, it is taken to hold about what it is long. */
export async function imageBytes(image: JobImage, { layout, artifacts }: ImageContext): Promise<number> {
  if (await isThere(layout.image(image))) return 0;
  const archive = await artifacts.find(image.digest);
  if (archive === null) return (await artifacts.missingBytes(image)) + image.size;
  return image.format === 'file' ? image.size : unpackedBytes(archive, image.format);
}

/** Bytes of a copy of it unpacked; as long as it is not, taken as for `imageBytes`. */
export async function rootBytes(image: JobImage, context: ImageContext): Promise<number> {
  const folder = context.layout.image(image);
  return (await isThere(folder)) ? treeBytes(folder) : imageBytes(image, context);
}

/** Drops every unpacked image that none of `units` uses, and what unfinished unpacking left. */
export async function collectImages(layout: Layout, units: readonly JobUnit[]): Promise<void> {
  const used = new Set(
    units.flatMap((unit) =>
      unit.members.flatMap((member) => (member.image === null ? [] : [basename(layout.image(member.image))])),
    ),
  );
  for (const name of await readdir(layout.images).catch(() => [])) {
    if (!used.has(name)) await rm(join(layout.images, name), { recursive: true, force: true });
  }
  for (const name of await readdir(layout.imageRecords).catch(() => [])) {
    if (!used.has(name)) await rm(join(layout.imageRecords, name), { force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
