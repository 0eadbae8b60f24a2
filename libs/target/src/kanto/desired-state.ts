// SPDX-License-Identifier: Apache-2.0

/** What Eclipse Kanto's update manager is sent: what shall run, by domain. Every value is a text. */
export interface DesiredState {
  readonly baselines?: readonly Baseline[];
  readonly domains?: readonly DesiredDomain[];
}

/** Components that are updated together. */
export interface Baseline {
  readonly title: string;
  readonly description?: string;
  /** An expression for people: nobody evaluates it. */
  readonly preconditions?: string;
  /** `<domain>:<component>`. */
  readonly components?: readonly string[];
}

export interface DesiredDomain {
  readonly id: string;
  readonly config?: readonly KeyValue[];
  /** In the order in which they are updated. */
  readonly components?: readonly DesiredComponent[];
}

export interface DesiredComponent {
  readonly id: string;
  /** Of the container's image where no `image` is given; for people otherwise. */
  readonly version?: string;
  /** A key may stand several times. */
  readonly config?: readonly KeyValue[];
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** The domain whose components are containers. */
export const containersDomain = 'containers';

/**
 * What each domain's agent is sent of a desired state: its own components, and of each baseline what is its own. Of a domain that
 * stands twice the last counts.
 */
export function splitPerDomain({
  baselines = [],
  domains = [],
}: DesiredState): ReadonlyMap<string, DesiredState> {
  return new Map(
    domains.map((domain) => {
      const own = baselines.flatMap((baseline): Baseline[] => {
        const components = (baseline.components ?? []).filter((name) => name.startsWith(`${domain.id}:`));
        return components.length === 0 ? [] : [{ ...baseline, components }];
      });
      return [domain.id, { ...(own.length === 0 ? {} : { baselines: own }), domains: [domain] }];
    }),
  );
}
