// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, type Digest, type Result } from '@fairlead/base';
import type { DeviceUnit, Step } from '@fairlead/planner';
import { runSet, unitDigest, unitKey, type DomainName, type TargetState, type Unit } from '@fairlead/target';
import type { Domain, DriftMode, StepFailure } from './domain.ts';
import type { DriftReport } from './engine-state.ts';

/** All domains as one. The only place that calls them, so that nothing they throw goes further. */
export interface Drivers {
  /** Kinds of units that there is a driver for. */
  readonly names: readonly DomainName[];
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  observe(signal: AbortSignal): Promise<readonly DeviceUnit[]>;
  /** Does one step; `targets` hold the units that it may name. */
  perform(
    step: Step,
    targets: readonly TargetState[],
    signal: AbortSignal,
  ): Promise<Result<void, StepFailure>>;
  /** Bytes still to be written to stage these. */
  estimate(steps: readonly Step[], targets: readonly TargetState[], signal: AbortSignal): Promise<number>;
  /** Drops every version that none of `targets` names. */
  clean(targets: readonly TargetState[], signal: AbortSignal): Promise<void>;
  /** held: keys of units that are not to run for now. */
  heal(
    committed: TargetState,
    held: ReadonlySet<string>,
    mode: DriftMode,
    signal: AbortSignal,
  ): Promise<readonly DriftReport[]>;
  onChange(listener: () => void): () => void;
}

export function joinDomains(domains: readonly Domain[]): Drivers {
  const domainOf = (name: DomainName): Domain => {
    const domain = domains.find((candidate) => candidate.name === name);
    if (domain === undefined)
      throw new FairleadError({ code: 'unsupported-feature', message: `this agent runs no ${name}` });
    return domain;
  };
  return {
    names: domains.map(({ name }) => name),
    async start(signal) {
      for (const domain of domains) await domain.start(signal);
    },
    async stop() {
      for (const domain of domains) await domain.stop();
    },
    async observe(signal) {
      const seen = await Promise.all(
        domains.map(async (domain) => {
          const units = await domain.observe(signal);
          return units.map((unit): DeviceUnit => ({ ...unit, domain: domain.name }));
        }),
      );
      return seen.flat();
    },
    async perform(step, targets, signal) {
      try {
        return await act(domainOf(step.domain), step, targets, signal);
      } catch (thrown) {
        const { code, message, hint } = FairleadError.from(thrown);
        return err({ code, message, hint });
      }
    },
    async estimate(steps, targets, signal) {
      const staged = steps.filter((step) => step.kind === 'stage');
      let bytes = 0;
      for (const name of new Set(staged.map(({ domain }) => domain))) {
        const units = staged
          .filter(({ domain }) => domain === name)
          .map((step) => unitOf(step, step.digest, targets));
        bytes += (await domainOf(name).estimate(units, signal)).bytes;
      }
      return bytes;
    },
    async clean(targets, signal) {
      for (const domain of domains) await domain.clean(versionsOf(domain.name, targets), signal);
    },
    async heal(committed, held, mode, signal) {
      const { names } = runSet(committed.units);
      const all = await Promise.all(
        domains.map(async (domain) => {
          const expected = committed.units
            .filter((unit) => unit.domain === domain.name)
            .map((unit) => ({
              unit,
              digest: unitDigest(unit),
              runs: names.has(unit.name) && !held.has(unitKey(unit)),
            }));
          const drift = await domain.heal(expected, signal, mode);
          return drift.map((found): DriftReport => ({ ...found, domain: domain.name }));
        }),
      );
      return all.flat();
    },
    onChange(listener) {
      const ends = domains.map((domain) => domain.onChange(listener));
      return () => ends.forEach((end) => end());
    },
  };
}

async function act(
  domain: Domain,
  step: Step,
  targets: readonly TargetState[],
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  switch (step.kind) {
    case 'stage':
      return domain.stage(unitOf(step, step.digest, targets), signal);
    case 'stop':
      return domain.stopUnit(step.name, signal);
    case 'switch':
      return domain.switchUnit(step.name, step.to, signal);
    case 'activate':
      return domain.activate(unitOf(step, step.digest, targets), signal);
    case 'ready':
      return domain.ready(unitOf(step, step.digest, targets), signal);
    case 'health':
      return domain.health(unitOf(step, step.digest, targets), signal);
  }
}

function unitOf(step: Step, digest: Digest, targets: readonly TargetState[]): Unit {
  const unit = targets
    .flatMap((target) => target.units)
    .find((candidate) => unitKey(candidate) === unitKey(step) && unitDigest(candidate) === digest);
  if (unit === undefined)
    throw new FairleadError({
      code: 'internal',
      message: `no target state has ${unitKey(step)} as ${digest}`,
    });
  return unit;
}

function versionsOf(
  domain: DomainName,
  targets: readonly TargetState[],
): ReadonlyMap<string, readonly Digest[]> {
  const versions = new Map<string, Digest[]>();
  for (const unit of targets
    .flatMap((target) => target.units)
    .filter((candidate) => candidate.domain === domain)) {
    const known = versions.get(unit.name) ?? [];
    versions.set(unit.name, [...new Set([...known, unitDigest(unit)])]);
  }
  return versions;
}
