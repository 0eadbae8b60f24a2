// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isAbort } from '@fairlead/base';
import {
  hasProcess,
  isActive,
  type Drift,
  type DriftMode,
  type ExpectedUnit,
  type SecretSource,
} from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import type { ConfigDrift } from './config-drift.ts';
import type { ImageRepair } from './image-repair.ts';
import { areSecretsStale } from './used-secrets.ts';
import { hasImages } from './images.ts';
import type { Layout } from './layout.ts';
import type { Supervisor } from './supervisor.ts';
import { currentVersion, isStaged, switchVersion } from './versions.ts';

export interface HealContext {
  readonly layout: Layout;
  readonly configs: ConfigDrift;
  readonly images: ImageRepair;
  readonly secrets: SecretSource;
  readonly mode: DriftMode;
  supervisor(name: string): Supervisor;
  supervisors(): readonly Supervisor[];
  /** Stages the unit anew, but not at every look: what is missing may have to be fetched. False: it is still missing. */
  stageAgain(unit: JobUnit, signal: AbortSignal): Promise<boolean>;
}

/**
 * Brings the device back to what is committed. A unit that was never started in this boot is started in silence: that is the
 * machine's start, not drift. One that was given up stays so, and is told of at every look.
 */
export async function healUnits(
  committed: readonly ExpectedUnit<JobUnit>[],
  context: HealContext,
  signal: AbortSignal,
): Promise<readonly Drift[]> {
  const drifts: Drift[] = [];
  const expected = new Set(committed.map((each) => each.unit.name));
  for (const supervisor of context.supervisors()) {
    if (expected.has(supervisor.name) || !isActive(supervisor.state())) continue;
    if (context.mode === 'report') {
      drifts.push({ name: supervisor.name, message: 'runs without being committed', healed: false });
      continue;
    }
    const stopped = await supervisor.stop(signal);
    drifts.push({ name: supervisor.name, message: 'ran without being committed', healed: stopped.ok });
  }
  // First all that exist get their supervisor, so that waiting for each other works whatever their order.
  for (const { unit } of committed) context.supervisor(unit.name);
  drifts.push(...(await healImages(committed, context, signal)));
  for (const each of committed) {
    signal.throwIfAborted();
    try {
      drifts.push(...(await healUnit(each, context, signal)));
    } catch (error) {
      if (isAbort(error)) throw error;
      // What is wrong with the files of one unit must not keep the others from being looked after.
      const { message } = FairleadError.from(error);
      drifts.push({ name: each.unit.name, message: `it cannot be looked after: ${message}`, healed: false });
    }
  }
  return drifts;
}

async function healImages(
  committed: readonly ExpectedUnit<JobUnit>[],
  { images, mode }: HealContext,
  signal: AbortSignal,
): Promise<readonly Drift[]> {
  try {
    return await images.heal(committed, mode, signal);
  } catch (error) {
    if (isAbort(error)) throw error;
    const { message } = FairleadError.from(error);
    return committed
      .filter(({ unit }) => unit.members.some(({ image }) => image !== null))
      .map(({ unit }) => ({
        name: unit.name,
        message: `its image cannot be looked after: ${message}`,
        healed: false,
      }));
  }
}

async function healUnit(
  { unit, digest, runs }: ExpectedUnit<JobUnit>,
  context: HealContext,
  signal: AbortSignal,
): Promise<readonly Drift[]> {
  const { layout, configs } = context;
  const { name } = unit;
  const supervisor = context.supervisor(name);
  const drifts: Drift[] = [];
  const tell = async (message: string, heal: () => Promise<boolean>): Promise<void> => {
    drifts.push({ name, message, healed: context.mode === 'heal' && (await heal()) });
  };
  const startAgain = async (): Promise<boolean> => {
    await supervisor.startWhenReady({ unit, digest });
    return true;
  };
  const killed = runs ? supervisor.killed() : null;
  if (killed !== null && isActive(supervisor.state())) {
    // Its own rule starts it again, in either mode; that belongs to the revision.
    const isUp = hasProcess(supervisor.state());
    drifts.push({ name, message: killed, healed: isUp });
    if (isUp) supervisor.forgetKill();
  }
  if (!isStaged(layout, name, digest) || !hasImages(unit, layout)) {
    await tell('files of its committed version were missing', () => context.stageAgain(unit, signal));
    if (drifts.at(-1)?.healed !== true) return drifts;
  }
  if (currentVersion(layout, name) !== digest)
    await tell('another version was switched on', async () => {
      await switchVersion(layout, name, digest);
      return true;
    });
  // Told by whoever set it: no drift. Once it is being started anew, it is not the run that used the former value any more.
  if (runs && supervisor.process() !== undefined && areSecretsStale(supervisor.secrets(), context.secrets)) {
    await supervisor.startWhenReady({ unit, digest });
    return drifts;
  }
  const edited = await configs.find(unit, digest, supervisor.state().kind === 'running');
  if (edited.length > 0)
    await tell(`config files were changed: ${edited.join(', ')}`, () => configs.repair(unit, digest, signal));
  if (!runs) return drifts;
  const state = supervisor.state();
  if (state.kind === 'failed') return [...drifts, { name, message: state.reason, healed: false }];
  // On its way from one run to the next already; what comes of that is seen at the next look.
  if (state.kind === 'stopping') return drifts;
  const up = isActive(state) || state.kind === 'finished';
  if (up && supervisor.version() !== null && supervisor.version() !== digest)
    await tell('another version ran', startAgain);
  else if (!up && supervisor.ranSinceBoot()) await tell('was not running', startAgain);
  else if (!up) await startAgain();
  return drifts;
}
