// SPDX-License-Identifier: Apache-2.0
import { containersDomain, printComponent, type DesiredState } from '@fairlead/target';
import { readComponent } from './component-rules.ts';
import { indexed } from '../indexed.ts';

/** A sound desired state in one writing: containers with every default written out. What holds variables stays as it is. */
export function printDesiredState({ baselines = [], domains = [] }: DesiredState): DesiredState {
  return {
    baselines: indexed(baselines).map(({ item }) => ({ components: [], ...item })),
    domains: indexed(domains).map(({ item: domain }) => {
      const { id, config = [], components = [] } = domain;
      const printed = components.map((component) => {
        const { container } = id === containersDomain ? readComponent(component, '') : none;
        return container === undefined ? { config: [], ...component } : printComponent(container);
      });
      return { id, config, components: printed };
    }),
  };
}

const none = { container: undefined } as const;
