// SPDX-License-Identifier: Apache-2.0
import { indexed, join, readComponent, type LocatedState, type Problem } from '@fairlead/spec';
import {
  containersDomain,
  containerUnit,
  plainAttributes,
  type DesiredComponent,
  type KantoContainer,
} from '@fairlead/target';
import { inside, type Findings, type Source } from '../findings.ts';
import type { Loaded } from '../loader.ts';
import type { LockView } from '../lock/lock-view.ts';
import { substitute } from '../placeholders.ts';
import type { Requirement, UnitDraft } from '../units/unit-draft.ts';
import type { Vars } from '../variable-values.ts';
import { lockedImage } from './locked-image.ts';

export interface DesiredStateCase {
  readonly vars: Vars;
  readonly lock: LockView;
  readonly findings: Findings;
}

/** The containers of a Kanto desired state, for devices with these variables. Other domains cannot be deployed. */
export function draftDesiredState(
  { file, value: { pointer, state } }: Loaded<LocatedState>,
  context: DesiredStateCase,
): readonly UnitDraft[] {
  return indexed(state.domains).flatMap(({ item: domain, index }) => {
    const source = { file, pointer: join(pointer, 'domains', index) };
    if (domain.id !== containersDomain) {
      context.findings.add(inside(source, 'id'), '', {
        code: 'source-unsupported',
        message: `components of the domain '${domain.id}' cannot be deployed`,
        hint: `A group runs the components of the domain '${containersDomain}'; name jobs and firmware in a running config or a pod.`,
      });
      return [];
    }
    const components = indexed(domain.components).map(({ item, index: at }) => ({
      component: substitute(item, context.vars),
      source: inside(source, 'components', at),
    }));
    const hosts = hostNames(components);
    return components.flatMap((one) => draftComponent(one, hosts, context));
  });
}

interface PlacedComponent {
  readonly component: DesiredComponent;
  readonly source: Source;
}

/** Names of the containers by the host names that they are given. */
function hostNames(components: readonly PlacedComponent[]): ReadonlyMap<string, string> {
  return new Map(components.map(({ component: { id } }) => [`${id}-host`, id]));
}

function draftComponent(
  { component, source }: PlacedComponent,
  hosts: ReadonlyMap<string, string>,
  context: DesiredStateCase,
): readonly UnitDraft[] {
  const { container, problems } = readComponent(component, source.pointer);
  for (const problem of problems) report(source.file, problem, context.findings);
  // What its name is, is known even so: that others require it is no mistake of theirs.
  const { id } = component;
  return [
    {
      domain: 'containers',
      name: id,
      what: `component '${id}'`,
      source,
      members: [],
      requires: container === undefined ? [] : requirementsOf(container, hosts, source),
      make: (requires) => {
        if (container === undefined) return undefined;
        const image = lockedImage(container.image, imageSource(component, source), context);
        if (image === undefined) return undefined;
        const { name, settings, resources } = container;
        return containerUnit({
          name,
          image,
          requires,
          attributes: { ...plainAttributes, resources },
          ...settings,
        });
      },
    },
  ];
}

function report(file: string, { place, ...problem }: Problem, findings: Findings): void {
  const pointer = place.kind === 'range' ? '' : place.pointer;
  findings.add({ file, pointer }, '', { ...problem, key: place.kind === 'key' });
}

/** The address of another container is known once that runs, and is another one after each start of it. */
function requirementsOf(
  { name, settings: { extraHosts } }: KantoContainer,
  hosts: ReadonlyMap<string, string>,
  source: Source,
): readonly Requirement[] {
  return extraHosts.flatMap(({ to }): Requirement[] => {
    const required = to.kind === 'container' ? hosts.get(to.hostname) : undefined;
    return required === undefined
      ? []
      : [{ name: required, by: `component '${name}'`, source, counts: true }];
  });
}

/** Where the image is named: the last entry that does, or the version. */
function imageSource({ config }: DesiredComponent, source: Source): Source {
  const entry = indexed(config).findLast(({ item }) => item.key === 'image');
  return entry === undefined ? inside(source, 'version') : inside(source, 'config', entry.index, 'value');
}
