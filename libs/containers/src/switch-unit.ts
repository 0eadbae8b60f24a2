// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Digest, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { EngineApi } from './engine-api.ts';
import { asideName, type OwnUnit } from './inventory.ts';
import { nameTaken } from './stage-unit.ts';

/**
 * Gives the unit's name to the container of a version; null: to none. The one that has it is renamed, and stays otherwise as it is.
 * Between the two renames none is switched on, and the step is done again after a crash.
 */
export async function switchUnit(
  api: EngineApi,
  name: string,
  own: OwnUnit | null,
  to: Digest | null,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  const wanted = to === null ? null : (own?.versions.find(({ mark }) => mark.version === to) ?? null);
  if (to !== null && wanted === null)
    return err({ code: 'storage-failed', message: `version ${to} of '${name}' is not on the device` });
  const current = own?.current ?? null;
  if (current !== null && current.id === wanted?.id) return ok();
  if (current !== null) await api.rename(current.id, asideName(name, current.mark.version), signal);
  if (wanted === null) return ok();
  const taken = await nameTaken(api, name, own, signal);
  if (taken !== null) return err(taken);
  await api.rename(wanted.id, name, signal);
  return ok();
}
