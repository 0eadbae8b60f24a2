// SPDX-License-Identifier: Apache-2.0
import {
  plainAttributes,
  type Artifact,
  type DomainName,
  type TargetSettings,
  type TargetState,
  type Unit,
  type UnitAttributes,
} from '@fairlead/target';
import { isKnownWindow } from './apply-time.ts';
import type { Failure } from './book.ts';

/**
 * What a target state asks for that an agent with drivers for these domains does not act on; null: nothing. A word that is read and
 * not acted on would be a setting that silently does nothing, so a revision with one is refused whole. What a device cannot do for
 * lack of means is its drivers' to say.
 */
export function unsupportedIn(target: TargetState, domains: readonly DomainName[]): Failure | null {
  if (target.format === 1) return null;
  const ofUnits = target.units.flatMap((unit) => {
    const wishes = domains.includes(unit.domain) ? wishesOf(unit) : [`units of kind '${unit.domain}'`];
    return wishes.map((wish) => ({ unit: { domain: unit.domain, name: unit.name }, wish }));
  });
  const all = [...settingWishes(target.settings).map((wish) => ({ unit: null, wish })), ...ofUnits];
  const [first] = all;
  if (first === undefined) return null;
  const listed = all.map(({ unit, wish }) => (unit === null ? wish : `'${unit.name}': ${wish}`));
  return {
    code: 'unsupported-feature',
    message: `this agent does not know how to do: ${listed.join('; ')}`,
    unit: first.unit,
  };
}

function settingWishes({ apply, maxOfflineSeconds, removeContainers }: TargetSettings): readonly string[] {
  return [
    ...(apply.kind !== 'window' || isKnownWindow(apply) ? [] : [`the time zone '${apply.zone}'`]),
    ...(maxOfflineSeconds === null ? [] : ['max-offline']),
    ...(removeContainers.length === 0 ? [] : ['remove-containers']),
  ];
}

function wishesOf(unit: Unit): readonly string[] {
  const { attributes = plainAttributes } = unit;
  const isOnServer = artifactsOf(unit).some(({ url }) => url === 'server:');
  return [...attributeWishes(attributes), ...(isOnServer ? ['files that the server keeps'] : [])];
}

/** Without any trigger a unit is started on request, which is acted on. */
function attributeWishes(attributes: UnitAttributes): readonly string[] {
  const { triggers, runlevel, background, critical, health } = attributes;
  return [
    ...(triggers.install ? ['the trigger install'] : []),
    ...(triggers.intervalSeconds === null ? [] : ['the trigger interval']),
    ...(runlevel === plainAttributes.runlevel ? [] : [`run level ${String(runlevel)}`]),
    ...(background ? ['background'] : []),
    ...(critical ? ['critical'] : []),
    ...(health === null ? [] : ['health']),
  ];
}

function artifactsOf(unit: Unit): readonly Artifact[] {
  switch (unit.domain) {
    case 'jobs':
      return unit.members.flatMap(({ image, configs }) => [
        ...(image === null ? [] : [image]),
        ...configs.flatMap(({ files }) => files),
      ]);
    case 'firmware':
      return [unit.firmware];
    case 'containers':
      return [];
  }
}
