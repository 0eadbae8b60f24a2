// SPDX-License-Identifier: Apache-2.0
import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { publish, unfinishedPrefix, unpackArchive, type ArtifactStore } from '@fairlead/artifacts';
import { ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobImage, JobUnit } from '@fairlead/target';
import { imageFileName, type Layout } from './layout.ts';

export interface ImageContext {
  readonly layout: Layout;
  readonly artifacts: ArtifactStore;
  /** Bytes that one image may hold unpacked. */
  readonly unpackBytes: number;
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
  await mkdir(context.layout.images, { recursive: true, mode: 0o755 });
  if (image.format !== 'file') {
    const limits = { bytes: context.unpackBytes };
    return unpackArchive({ archive: fetched.value, format: image.format, into: folder, limits }, signal);
  }
  const beside = join(context.layout.images, `${unfinishedPrefix}${basename(folder)}`);
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { mode: 0o755 });
  const path = join(beside, imageFileName(image));
  await copyFile(fetched.value, path, constants.COPYFILE_FICLONE);
  // A single file is a program, or read by one.
  await chmod(path, 0o755);
  await publish(beside, folder);
  return ok();
}

/** True if every image of a unit is on the device. */
export function hasImages(unit: JobUnit, layout: Layout): boolean {
  return unit.members.every(({ image }) => image === null || existsSync(layout.image(image)));
}

/** Bytes that staging an image still writes: the archive, and about as much again unpacked. */
export async function imageBytes(image: JobImage, context: ImageContext): Promise<number> {
  if (await isThere(context.layout.image(image))) return 0;
  return (await context.artifacts.missingBytes(image)) + image.size;
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
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
