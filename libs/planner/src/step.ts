// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { DomainName } from '@fairlead/target';

/** A plan is data: each step names a unit and a version of it, and says all that is needed to do it again or to undo it. */
export type Step =
  /** Bring the version onto the device, beside what is there. */
  | { readonly kind: 'stage'; readonly domain: DomainName; readonly name: string; readonly digest: Digest }
  /** digest: the committed version, which going back starts again; null: going back starts nothing. */
  | {
      readonly kind: 'stop';
      readonly domain: DomainName;
      readonly name: string;
      readonly digest: Digest | null;
    }
  /** from: the committed version; null: no version. */
  | {
      readonly kind: 'switch';
      readonly domain: DomainName;
      readonly name: string;
      readonly from: Digest | null;
      readonly to: Digest | null;
    }
  | { readonly kind: 'activate'; readonly domain: DomainName; readonly name: string; readonly digest: Digest }
  | { readonly kind: 'ready'; readonly domain: DomainName; readonly name: string; readonly digest: Digest }
  | { readonly kind: 'health'; readonly domain: DomainName; readonly name: string; readonly digest: Digest };

export type StepKind = Step['kind'];

/** Parts of a transaction, in their usual order; a strategy may move steps of one unit, never their kind's phase. */
export type Phase = 'stage' | 'stop' | 'switch' | 'activate' | 'health';

export function phaseOf(step: Step): Phase {
  return step.kind === 'ready' ? 'activate' : step.kind;
}

/** True for the steps that touch what runs: from the first of them on a transaction runs to its end. */
export function isTouching(step: Step): boolean {
  return step.kind !== 'stage';
}
