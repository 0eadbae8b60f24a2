// SPDX-License-Identifier: Apache-2.0
import {
  join,
  type FileContent,
  type LockedPod,
  type ParsedPod,
  type PodContainer,
  type PodSpec,
} from '@fairlead/spec';
import type { Unit, UnitAttributes } from '@fairlead/target';
import type { Findings, Source } from '../findings.ts';
import type { LockView } from '../lock/lock-view.ts';
import type { UnitDraft } from '../units/unit-draft.ts';
import { firmwareUnit } from './firmware-unit.ts';
import { imageUnit } from './image-unit.ts';
import { programUnit } from './program-unit.ts';
import { refuseName, refusePins, refuseToit } from './refusals.ts';

/** What the containers of a pod are compiled with. */
export interface PodContext {
  readonly pod: PodSpec;
  /** Containers that have a name, and of which no more is known. */
  readonly unread: readonly string[];
  readonly originOf: ParsedPod['originOf'];
  readonly originOfItem: ParsedPod['originOfItem'];
  readonly lock: LockView;
  /** Firmware by its path in the commit. What is not there has been told. */
  readonly files: ReadonlyMap<string, FileContent>;
  /** Of a pod that was built; undefined: its files lie in the commit. */
  readonly blobs: LockedPod['blobs'] | undefined;
  readonly findings: Findings;
}

/** A container, and the unit that it becomes as far as every domain has it. */
export interface ContainerParts {
  readonly container: PodContainer;
  /** Of a key of the container. */
  readonly at: (...keys: readonly (string | number)[]) => Source;
  /** Of an item of the list at a key. */
  readonly atItem: (key: string, item: string) => Source;
  readonly common: {
    readonly name: string;
    readonly disabled: false;
    readonly requires: readonly string[];
    readonly attributes: UnitAttributes;
  };
}

/** The units of a pod, before they are held against those of other sources. */
export function draftPod(context: PodContext): readonly UnitDraft[] {
  const read = context.pod.containers.map((container): UnitDraft => {
    const { name, requires } = container;
    const at: ContainerParts['at'] = (...keys) => context.originOf(join('/containers', name, ...keys));
    const atItem: ContainerParts['atItem'] = (key, item) =>
      context.originOfItem(join('/containers', name, key), item);
    return {
      domain: domains[container.kind.kind],
      name,
      what: `container '${name}'`,
      source: at(),
      members: [],
      requires: requires.map((required) => ({
        name: required,
        by: `container '${name}'`,
        source: atItem('requires', required),
        counts: true,
      })),
      make: (units) => {
        refusePins(container, at(), context.findings);
        if (context.pod.dialect === 'artemis') refuseName(container, at(), context.findings);
        const common = {
          name,
          disabled: false,
          requires: units,
          attributes: attributesOf(container),
        } as const;
        return unitOf({ container, at, atItem, common }, context);
      },
    };
  });
  return [...read, ...context.unread.map((name) => unreadDraft(name, context))];
}

/** Stands for a container that cannot be read, so that its name is no unknown one. */
function unreadDraft(name: string, { originOf }: PodContext): UnitDraft {
  return {
    domain: 'containers',
    name,
    what: `container '${name}'`,
    source: originOf(join('/containers', name)),
    members: [],
    requires: [],
    make: () => undefined,
  };
}

const domains = { entrypoint: 'jobs', snapshot: 'jobs', image: 'containers', firmware: 'firmware' } as const;

function unitOf(parts: ContainerParts, context: PodContext): Unit | undefined {
  const { kind } = parts.container;
  switch (kind.kind) {
    case 'image':
      return imageUnit(parts, kind, context);
    case 'firmware':
      return firmwareUnit(parts, kind, context);
    case 'entrypoint':
      return programUnit(parts, kind, context);
    case 'snapshot':
      refuseToit(parts, context.findings);
      return undefined;
  }
}

function attributesOf({
  triggers,
  runlevel,
  background,
  critical,
  health,
  resources,
}: PodContainer): UnitAttributes {
  return { triggers, runlevel, background, critical, health, resources };
}
