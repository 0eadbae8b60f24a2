// SPDX-License-Identifier: Apache-2.0
import {
  parsePod,
  valueOf,
  type FlatPod,
  type LockedPod,
  type ParsedPod,
  type PodOptions,
} from '@fairlead/spec';
import { createFindings, type Findings } from '../findings.ts';
import { substituteNode, variableUses, type VariableUse } from '../placeholders.ts';
import type { Vars } from '../variable-values.ts';
import { podRoles } from './text-roles.ts';

/** A pod of a commit, read once for all groups that name it. */
export interface PodContent {
  /** Of equal content at equal paths. */
  readonly key: string;
  /** With variables as they are written. */
  readonly parsed: ParsedPod;
  readonly uses: readonly VariableUse[];
  /** Placeholders that nobody knows. */
  readonly findings: Findings;
  /** What each container runs, by its name; undefined: what the specification names lies in the commit. */
  readonly blobs: LockedPod['blobs'] | undefined;
  /** With variables replaced. */
  with(vars: Vars): ParsedPod;
}

export function podContent(
  key: string,
  pod: FlatPod,
  blobs: LockedPod['blobs'] | undefined,
  options: PodOptions,
): PodContent {
  const parsed = parsePod(pod, options);
  const findings = createFindings();
  const uses =
    pod.flat === undefined
      ? []
      : variableUses(valueOf(pod.flat), (pointer) => parsed.originOf(pointer), podRoles, findings);
  return {
    key,
    parsed,
    uses,
    findings,
    blobs,
    with: (vars) =>
      pod.flat === undefined || vars.size === 0
        ? parsed
        : parsePod({ ...pod, flat: substituteNode(pod.flat, vars) }, options),
  };
}
