// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { publish, replaceFile, syncFolder, unfinishedPrefix } from '@fairlead/artifacts';
import { canonicalBytes, ok, type Digest, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import { unitDigest, type Artifact, type JobImage, type JobUnit } from '@fairlead/target';
import { imageBytes, rootBytes, stageImage, type ImageContext } from './images.ts';
import type { AgentEnvironment } from './environment.ts';
import { checkFeatures, expandCommand, type LaunchContext } from './prepare-launch.ts';
import type { RunAs } from './privileges.ts';
import { stageRoot } from './root-folder.ts';
import { stageConfigs } from './stage-configs.ts';
import { unitFile } from './versions.ts';

export interface StageContext extends ImageContext, LaunchContext {
  readonly agent: AgentEnvironment;
}

/**
 * Brings one version of a unit onto the device, beside the others. Its folder gets its name last, so that a version is there whole
 * or not at all. What cannot run here is refused before anything is fetched.
 */
export async function stageUnit(
  unit: JobUnit,
  context: StageContext,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const { layout } = context;
  const digest = unitDigest(unit);
  const supported = await checkFeatures(unit, context);
  if (!supported.ok) return supported;
  const command = expandCommand(unit, digest, context);
  if (!command.ok) return command;

  const images = unit.members.flatMap(({ image }) => (image === null ? [] : [image]));
  // All are waited for, also where one throws: nothing of this goes on behind the next attempt.
  for (const each of await Promise.allSettled(images.map((image) => stageImage(image, context, signal)))) {
    if (each.status === 'rejected') throw each.reason;
    if (!each.value.ok) return each.value;
  }
  const folder = layout.version(unit.name, digest);
  if (await isThere(folder)) return ok();
  return buildVersion(unit, folder, supported.value, context, signal);
}

async function buildVersion(
  unit: JobUnit,
  folder: string,
  owner: RunAs | null,
  context: StageContext,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const versions = context.layout.versions(unit.name);
  const beside = join(versions, `${unfinishedPrefix}${basename(folder)}`);
  await mkdir(versions, { recursive: true, mode: 0o755 });
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { mode: 0o755 });
  const root = await stageRoot(unit, beside, context.layout);
  const staged = root.ok ? await stageConfigs(unit, beside, owner, context.artifacts, signal) : root;
  if (!staged.ok) {
    await rm(beside, { recursive: true, force: true });
    return staged;
  }
  await replaceFile(join(beside, unitFile), canonicalBytes(unit));
  await syncFolders(beside);
  await publish(beside, folder);
  await syncFolder(context.layout.units);
  return ok();
}

/** Bytes that staging these still writes. Images and files are stored once for all that name the same bytes. */
export async function bytesToStage(units: readonly JobUnit[], context: StageContext): Promise<number> {
  let bytes = 0;
  const images = new Map<string, JobImage>();
  const files = new Map<Digest, Artifact>();
  for (const unit of units) {
    if (await isThere(context.layout.version(unit.name, unitDigest(unit)))) continue;
    bytes += canonicalBytes(unit).length;
    for (const { image, configs } of unit.members) {
      if (image !== null) images.set(context.layout.image(image), image);
      if (image !== null && unit.chroot.kind === 'image') bytes += await rootBytes(image, context);
      for (const config of configs) {
        bytes += Buffer.byteLength(config.data ?? '');
        for (const file of config.files) {
          files.set(file.digest, file);
          bytes += file.size;
        }
      }
    }
  }
  for (const image of images.values()) bytes += await imageBytes(image, context);
  for (const file of files.values()) bytes += await context.artifacts.missingBytes(file);
  return bytes;
}

async function syncFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncFolders(join(folder, entry.name));
  }
  await syncFolder(folder);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
