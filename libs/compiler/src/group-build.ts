// SPDX-License-Identifier: Apache-2.0
import { sha256, sortedBy, type Digest } from '@fairlead/base';
import { runningConfigShape, type PodSpec } from '@fairlead/spec';
import {
  createTarget,
  targetBytes,
  targetProblems,
  type TargetSettings,
  type TargetState,
} from '@fairlead/target';
import { draftDesiredState } from './containers/draft-desired-state.ts';
import { desiredStateRoles } from './containers/text-roles.ts';
import { mapDefinitions, mergeRunningConfigs } from './definitions.ts';
import { createFindings, type Findings } from './findings.ts';
import type { GroupSources } from './group-sources.ts';
import { draftJobs } from './jobs/compile-jobs.ts';
import { runningConfigRoles } from './jobs/text-roles.ts';
import type { CommitLock } from './lock/commit-lock.ts';
import { createLockView, type LockView } from './lock/lock-view.ts';
import { substitute, variableUses, type VariableUse } from './placeholders.ts';
import { draftNamedPod, type DraftedPod } from './pods/named-pod.ts';
import { joinUnits } from './units/join-units.ts';
import { createUsedCache } from './used-cache.ts';
import { checkValues, namingVariables, type Vars } from './variable-values.ts';

/** A target state in the form that is signed by way of its digest. */
export interface TargetBody {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  /** What an agent must read to be offered it. */
  readonly format: TargetState['format'];
  /** What a device would say against it: bounds that no single file breaks. */
  readonly problems: readonly string[];
}

/** What the sources of one group mean for a device, given its variables. */
export interface Variant {
  readonly findings: Findings;
  /** What it has of the lock. */
  readonly lock: LockView;
  /** Only where nothing in the commit is an error: the canonical form may not exist otherwise. */
  readonly target: () => TargetBody;
}

/** The sources of one group, read together. Devices with equal values of the variables that it uses share a variant. */
export interface GroupBuild {
  readonly findings: Findings;
  readonly uses: readonly VariableUse[];
  variant(vars: Vars, lock: CommitLock): Variant;
  /** Forgets variants that the last two commits did not use. */
  sweep(): void;
}

export function buildGroup(sources: GroupSources): GroupBuild {
  const { files, desired, pod, apply, complete } = sources;
  const findings = findingsOf(sources);
  const definitions = mergeRunningConfigs(sources, findings);
  const ofConfigs = files.flatMap(({ file, value }) =>
    variableUses(value, (pointer) => ({ file, pointer }), runningConfigRoles, findings),
  );
  const ofStates = desired.flatMap(({ file, value }) =>
    variableUses(
      value.state,
      (pointer) => ({ file, pointer: value.pointer + pointer }),
      desiredStateRoles(value),
      findings,
    ),
  );
  const ofPod = pod?.content?.uses ?? [];
  const uses = [...ofConfigs, ...ofStates, ...ofPod];
  const names = [...new Set(uses.map(({ name }) => name))];
  const variants = createUsedCache<Variant>();
  return {
    findings,
    uses,
    variant(vars, commitLock) {
      const key = JSON.stringify(names.map((name) => vars.get(name) ?? null));
      const known = variants.get(key);
      if (known?.lock.agreesWith(commitLock) === true) return known;
      const variantFindings = findingsOf(sources);
      const told = namingVariables(variantFindings, uses, vars);
      checkValues(ofConfigs, vars, runningConfigShape.schema, told);
      checkValues(ofStates, vars, undefined, told);
      checkValues(ofPod, vars, undefined, told);
      const lock = createLockView(commitLock);
      const jobs = draftJobs(
        mapDefinitions(definitions, (value) => substitute(value, vars)),
        lock,
        told,
      );
      const containers = desired.map((state) => draftDesiredState(state, { vars, lock, findings: told }));
      const drafted = pod === undefined ? nothing : draftNamedPod(pod, { vars, lock, findings: told });
      const units = joinUnits(
        [jobs, ...containers, drafted.drafts],
        complete && !definitions.gaps.has('jobs') && drafted.complete,
        variantFindings,
      );
      const variant = {
        findings: variantFindings,
        lock,
        target: once(() => bodyOf(createTarget(units, settingsOf(apply, drafted.spec)))),
      };
      variants.set(key, variant);
      return variant;
    },
    sweep: () => {
      variants.sweep();
    },
  };
}

const nothing: DraftedPod = { drafts: [], spec: undefined, complete: true };

function settingsOf(apply: TargetSettings['apply'], pod: PodSpec | undefined): TargetSettings {
  return {
    apply,
    maxOfflineSeconds: pod?.maxOfflineSeconds ?? null,
    removeContainers: sortedBy(pod?.removeContainers ?? [], (name) => name),
  };
}

/** A collection that knows what the parser has said of these files. */
function findingsOf({ files, desired }: Pick<GroupSources, 'files' | 'desired'>): Findings {
  const findings = createFindings();
  for (const { file, faulty } of [...files, ...desired]) findings.addFile(file, { problems: [], faulty });
  return findings;
}

/** The target of a retired group: its devices run nothing. */
export const emptyTarget = once(() => bodyOf(createTarget([])));

function bodyOf(state: TargetState): TargetBody {
  const bytes = targetBytes(state);
  return { digest: sha256(bytes), bytes, format: state.format, problems: targetProblems(state, bytes) };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
