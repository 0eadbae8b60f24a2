// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, ok, type Result } from '@fairlead/base';
import type { SecretSource, StepFailure } from '@fairlead/engine';
import { unitDigest, type ContainerImage, type ContainerUnit } from '@fairlead/target';
import { createRequest, furtherNetworks } from './create-request.ts';
import type { EngineApi } from './engine-api.ts';
import { pinned } from './image-name.ts';
import { asideName, unfinishedName, type OwnUnit } from './inventory.ts';
import { markOf, writeMark } from './labels.ts';
import { hasImage, pullImage } from './pull-image.ts';
import { refusedSettings } from './refused-settings.ts';

export interface StageContext {
  readonly api: EngineApi;
  readonly owner: string;
  readonly secrets: SecretSource;
  /** What is there of the unit. */
  readonly own: (name: string, signal: AbortSignal) => Promise<OwnUnit | null>;
}

/**
 * Brings a version onto the device beside the current one: pulls its images, and creates its container under another name. So the
 * engine has said yes to every setting before anything is stopped, and the way back is a container that was never changed.
 */
export async function stageUnit(
  unit: ContainerUnit,
  { api, owner, secrets, own }: StageContext,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const kind = await api.kind(signal);
  const refused = refusedSettings(unit, kind);
  if (refused.length > 0)
    return err({
      code: 'unsupported-feature',
      message: `'${unit.name}' cannot have here: ${refused.join('; ')}`,
    });
  const taken = await nameTaken(api, unit.name, await own(unit.name, signal), signal);
  if (taken !== null) return err(taken);
  for (const image of imagesOf(unit)) {
    const pulled = await pullImage(api, image, secrets, signal);
    if (!pulled.ok) return pulled;
  }
  const version = unitDigest(unit);
  const there = await own(unit.name, signal);
  if (there?.versions.some(({ mark }) => mark.version === version) === true) return ok();
  for (const { id, mark } of there?.unfinished ?? [])
    if (mark.version === version) await api.remove(id, signal);
  const labels = writeMark(markOf(unit, version, imagesOf(unit).map(pinned)), owner);
  const id = await api.create(unfinishedName(unit.name, version), createRequest(unit, labels), signal);
  for (const network of furtherNetworks(unit)) await api.join(id, network, signal);
  await api.rename(id, asideName(unit.name, version), signal);
  return ok();
}

/** Somebody else's container of that name is in the way, and is left alone. */
export async function nameTaken(
  api: EngineApi,
  name: string,
  own: OwnUnit | null,
  signal: AbortSignal,
): Promise<StepFailure | null> {
  if (own !== null && own.current !== null) return null;
  const holders = await api.list({ name: [name] }, signal);
  if (!holders.some((container) => container.name === name)) return null;
  return { code: 'name-taken', message: `a container '${name}' is there that Fairlead did not make` };
}

/** Bytes that are still to be downloaded, at most. What they are unpacked the engine alone knows. */
export async function bytesToStage(
  units: readonly ContainerUnit[],
  { api, own }: StageContext,
  signal: AbortSignal,
): Promise<number> {
  const missing = new Map<string, ContainerImage>();
  for (const unit of units) {
    const there = await own(unit.name, signal);
    if (there?.versions.some(({ mark }) => mark.version === unitDigest(unit)) === true) continue;
    for (const image of imagesOf(unit)) missing.set(pinned(image), image);
  }
  let bytes = 0;
  for (const image of missing.values()) if (!(await hasImage(api, image, signal))) bytes += image.size;
  return bytes;
}

function imagesOf(unit: ContainerUnit): readonly ContainerImage[] {
  return [unit.image, ...unit.requiredImages];
}

/** What the engine says no to is a failure of the step; its own silence too. */
export async function asking<T>(
  work: () => Promise<Result<T, StepFailure>>,
): Promise<Result<T, StepFailure>> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof FairleadError) || !thrown.code.startsWith('engine-')) throw thrown;
    return err({ code: thrown.code, message: thrown.message });
  }
}
