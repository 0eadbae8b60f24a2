// SPDX-License-Identifier: Apache-2.0
import { digestHex, type Digest } from '@fairlead/base';
import type { BlockedUnit } from '@fairlead/target';
import type { Step } from './step.ts';

/** Names a version for a reader. */
export type DigestLabel = (digest: Digest) => string;

const shortHex: DigestLabel = (digest) => digestHex(digest).slice(0, 8);

/** A plan for people: one line a step, in order; `switch jobs/a 11111111 -> none`. */
export function formatPlan(
  plan: { readonly steps: readonly Step[]; readonly blocked?: readonly BlockedUnit[] },
  label: DigestLabel = shortHex,
): string {
  const blocked = (plan.blocked ?? []).map((unit) => `blocked ${unit.domain}/${unit.name} by ${unit.by}`);
  return [...plan.steps.map((step) => formatStep(step, label)), ...blocked].join('\n');
}

export function formatStep(step: Step, label: DigestLabel = shortHex): string {
  const version = (digest: Digest | null): string => (digest === null ? 'none' : label(digest));
  const unit = `${step.domain}/${step.name}`;
  switch (step.kind) {
    case 'stop':
      return `stop ${unit}`;
    case 'switch':
      return `switch ${unit} ${version(step.from)} -> ${version(step.to)}`;
    case 'stage':
    case 'activate':
    case 'ready':
    case 'health':
      return `${step.kind} ${unit} ${version(step.digest)}`;
  }
}
