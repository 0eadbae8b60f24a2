// SPDX-License-Identifier: Apache-2.0
import { containersDomain, type DesiredDomain } from '@fairlead/target';
import { at, join, type Problem } from '../diagnostic.ts';
import { isFaulty } from '../parsed-file.ts';
import { componentProblems } from './component-rules.ts';
import { indexed } from '../indexed.ts';
import type { LocatedState } from './parse-desired-state.ts';

/** What the schema of a desired state cannot say. */
export function desiredStateProblems(
  { pointer, state }: LocatedState,
  faulty: ReadonlySet<string>,
): readonly Problem[] {
  const domains = indexed(state.domains).map(({ item, index }) => ({
    domain: item,
    place: join(pointer, 'domains', index),
  }));
  return [
    ...twice(
      domains.map(({ domain, place }) => ({ name: domain.id, place: join(place, 'id') })),
      'the domain',
    ),
    ...domains.flatMap(({ domain, place }) => domainProblems(domain, place)),
    ...baselineProblems({ pointer, state }, faulty),
  ];
}

interface NamedPlace {
  readonly name: string;
  readonly place: string;
}

/** Every name but its first. */
function twice(names: readonly NamedPlace[], what: string): readonly Problem[] {
  const seen = new Set<string>();
  return names.flatMap(({ name, place }): Problem[] => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const message = `${what} '${name}' stands twice`;
    return [
      {
        severity: 'error',
        code: 'duplicate-definition',
        message,
        hint: 'Put them together.',
        place: at(place),
      },
    ];
  });
}

function domainProblems(domain: DesiredDomain, place: string): readonly Problem[] {
  const components = indexed(domain.components).map(({ item, index }) => ({
    component: item,
    place: join(place, 'components', index),
  }));
  return [
    ...twice(
      components.map((one) => ({ name: one.component.id, place: join(one.place, 'id') })),
      'the component',
    ),
    ...(domain.id === containersDomain
      ? [
          ...configProblems(domain, place),
          ...components.flatMap((one) => componentProblems(one.component, one.place)),
        ]
      : []),
  ];
}

/** A domain of containers has one setting, and its place is on the device. */
function configProblems({ config }: DesiredDomain, place: string): readonly Problem[] {
  return indexed(config).map(({ item: { key }, index }): Problem => {
    const entry = join(place, 'config', index);
    return key === 'systemContainers'
      ? {
          severity: 'note',
          code: 'no-effect',
          message:
            'systemContainers has no effect here: what is protected on a device, the device says itself',
          hint: 'Name them where the agent is started: --system-containers',
          place: at(entry),
        }
      : {
          severity: 'error',
          code: 'unknown-key',
          message: `the key '${key}' is not known to the domain ${containersDomain}`,
          hint: "Did you mean 'systemContainers'?",
          place: at(join(entry, 'key')),
        };
  });
}

function baselineProblems({ pointer, state }: LocatedState, faulty: ReadonlySet<string>): readonly Problem[] {
  const known = new Set(
    indexed(state.domains).flatMap(({ item }) =>
      indexed(item.components).map((component) => `${item.id}:${component.item.id}`),
    ),
  );
  const baselines = indexed(state.baselines).map(({ item, index }) => ({
    baseline: item,
    place: join(pointer, 'baselines', index),
  }));
  // Of a faulty list it is not sure what it lacks.
  const sure =
    ![...faulty].some((path) => path.startsWith(join(pointer, 'domains'))) && !isFaulty(faulty, pointer);
  const missing = baselines.flatMap(({ baseline, place }) =>
    indexed(baseline.components).flatMap(({ item, index }): Problem[] =>
      !sure || known.has(item)
        ? []
        : [
            {
              severity: 'error',
              code: 'component-undefined',
              message: `the baseline '${baseline.title}' names '${item}', which is no component of a domain here`,
              place: at(join(place, 'components', index)),
            },
          ],
    ),
  );
  const titles = baselines.map(({ baseline, place }) => ({
    name: baseline.title,
    place: join(place, 'title'),
  }));
  return [...twice(titles, 'the baseline'), ...missing];
}
