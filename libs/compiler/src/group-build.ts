// SPDX-License-Identifier: Apache-2.0
import { sha256, type Digest } from '@fairlead/base';
import { runningConfigShape } from '@fairlead/spec';
import {
  createTarget,
  parseTarget,
  plainSettings,
  targetBytes,
  type ApplyWhen,
  type TargetState,
} from '@fairlead/target';
import { mapDefinitions, mergeRunningConfigs, type ConfigSet } from './definitions.ts';
import { createFindings, type Findings } from './findings.ts';
import { draftJobs } from './jobs/compile-jobs.ts';
import { runningConfigRoles } from './jobs/text-roles.ts';
import type { CommitLock } from './lock/commit-lock.ts';
import { createLockView, type LockView } from './lock/lock-view.ts';
import { substitute, variableUses, type VariableUse } from './placeholders.ts';
import { joinUnits } from './units/join-units.ts';
import { createUsedCache } from './used-cache.ts';
import { checkValues, namingVariables } from './variable-values.ts';

export type Vars = ReadonlyMap<string, string>;

/** A target state in the form that is signed by way of its digest. */
export interface TargetBody {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  /** What an agent must read to be offered it. */
  readonly format: TargetState['format'];
  /** What a device would say against it: bounds that no single file breaks. */
  readonly problems: readonly string[];
}

/** What the running configs of one group mean for a device, given its variables. */
export interface Variant {
  readonly findings: Findings;
  /** What it has of the lock. */
  readonly lock: LockView;
  /** Only where nothing in the commit is an error: the canonical form may not exist otherwise. */
  readonly target: () => TargetBody;
}

/** The running configs of one group, merged. Devices with equal values of the variables that it uses share a variant. */
export interface GroupBuild {
  readonly findings: Findings;
  readonly uses: readonly VariableUse[];
  variant(vars: Vars, lock: CommitLock): Variant;
  /** Forgets variants that the last two commits did not use. */
  sweep(): void;
}

export function buildGroup(set: ConfigSet, apply: ApplyWhen = plainSettings.apply): GroupBuild {
  const findings = findingsOf(set);
  const definitions = mergeRunningConfigs(set, findings);
  const uses = set.files.flatMap(({ file, value }) =>
    variableUses(value, { file, pointer: '' }, runningConfigRoles, findings),
  );
  const names = [...new Set(uses.map(({ name }) => name))];
  const variants = createUsedCache<Variant>();
  return {
    findings,
    uses,
    variant(vars, commitLock) {
      const key = JSON.stringify(names.map((name) => vars.get(name) ?? null));
      const known = variants.get(key);
      if (known?.lock.agreesWith(commitLock) === true) return known;
      const variantFindings = findingsOf(set);
      const told = namingVariables(variantFindings, uses, vars);
      checkValues(uses, vars, runningConfigShape.schema, told);
      const lock = createLockView(commitLock);
      const jobs = draftJobs(
        mapDefinitions(definitions, (value) => substitute(value, vars)),
        lock,
        told,
      );
      const units = joinUnits(jobs, !definitions.gaps.has('jobs'), variantFindings);
      const variant = {
        findings: variantFindings,
        lock,
        target: once(() => bodyOf(createTarget(units, { ...plainSettings, apply }))),
      };
      variants.set(key, variant);
      return variant;
    },
    sweep: () => {
      variants.sweep();
    },
  };
}

/** A collection that knows what the parser has said of these files. */
function findingsOf({ files }: ConfigSet): Findings {
  const findings = createFindings();
  for (const { file, faulty } of files) findings.addFile(file, { problems: [], faulty });
  return findings;
}

/** The target of a retired group: its devices run nothing. */
export const emptyTarget = once(() => bodyOf(createTarget([])));

function bodyOf(state: TargetState): TargetBody {
  const bytes = targetBytes(state);
  const parsed = parseTarget(bytes);
  return { digest: sha256(bytes), bytes, format: state.format, problems: parsed.ok ? [] : parsed.error };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
