// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { publish, replaceFile, syncFolder, unfinishedPrefix } from '@fairlead/artifacts';
import { canonicalBytes, ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import { unitDigest, type JobUnit } from '@fairlead/target';
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

  for (const { image } of unit.members) {
    if (image === null) continue;
    const staged = await stageImage(image, context, signal);
    if (!staged.ok) return staged;
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

/** Bytes that staging still writes. */
export async function bytesToStage(unit: JobUnit, context: StageContext): Promise<number> {
  if (await isThere(context.layout.version(unit.name, unitDigest(unit)))) return 0;
  let bytes = canonicalBytes(unit).length;
  for (const member of unit.members) {
    if (member.image !== null) bytes += await imageBytes(member.image, context);
    if (member.image !== null && unit.chroot.kind === 'image')
      bytes += await rootBytes(member.image, context);
    for (const config of member.configs) {
      bytes += Buffer.byteLength(config.data ?? '');
      for (const file of config.files) bytes += (await context.artifacts.missingBytes(file)) + file.size;
    }
  }
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
