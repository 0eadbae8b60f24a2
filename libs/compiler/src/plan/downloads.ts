// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { TargetState, Unit } from '@fairlead/target';

/** Bytes of everything that a target state needs on the device, by digest: each is downloaded once, whoever needs it. */
function downloadsOf({ units }: TargetState): ReadonlyMap<Digest, number> {
  const all: readonly Unit[] = units;
  return new Map(all.flatMap(unitDownloads).map(({ digest, size }) => [digest, size]));
}

function unitDownloads(unit: Unit): readonly { readonly digest: Digest; readonly size: number }[] {
  switch (unit.domain) {
    case 'jobs':
      return unit.members.flatMap(({ image, configs }) => [
        ...(image === null ? [] : [image]),
        ...configs.flatMap(({ files }) => files),
      ]);
    case 'containers':
      return [unit.image, ...unit.requiredImages];
    case 'firmware':
      return [unit.firmware];
  }
}

/** Bytes that the one needs and the other does not. */
export function bytesBeyond(before: TargetState, after: TargetState): number {
  const held = downloadsOf(before);
  let bytes = 0;
  for (const [digest, size] of downloadsOf(after)) if (!held.has(digest)) bytes += size;
  return bytes;
}
