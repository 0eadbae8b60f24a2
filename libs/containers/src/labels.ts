// SPDX-License-Identifier: Apache-2.0
import { isDigest, type Digest } from '@fairlead/base';
import type { ContainerRestart, ContainerUnit } from '@fairlead/target';

/** Labels by which what is Fairlead's is known, whatever its name. Those of a unit cannot begin so. */
export const labelPrefix = 'dev.fairlead.';

export const ownerLabel = `${labelPrefix}owner`;
const unitLabel = `${labelPrefix}unit`;
const versionLabel = `${labelPrefix}version`;
const restartLabel = `${labelPrefix}restart`;
const graceLabel = `${labelPrefix}stop-grace-ms`;
const imagesLabel = `${labelPrefix}images`;

/** What stands on a container, so that an agent which knows nothing else can look after it. */
export interface ContainerMark {
  readonly unit: string;
  readonly version: Digest;
  readonly restart: ContainerRestart;
  /** Null: the agent's own. */
  readonly graceMs: number | null;
  /** Images that came for it, as they were pulled. */
  readonly images: readonly string[];
}

export function markOf(unit: ContainerUnit, version: Digest, images: readonly string[]): ContainerMark {
  return { unit: unit.name, version, restart: unit.restart, graceMs: unit.stop.graceMs, images };
}

export function writeMark(mark: ContainerMark, owner: string): Readonly<Record<string, string>> {
  return {
    [ownerLabel]: owner,
    [unitLabel]: mark.unit,
    [versionLabel]: mark.version,
    [restartLabel]: JSON.stringify(mark.restart),
    ...(mark.graceMs !== null && { [graceLabel]: String(mark.graceMs) }),
    [imagesLabel]: mark.images.join(' '),
  };
}

/** Null: not one of this owner. */
export function readMark(labels: Readonly<Record<string, string>>, owner: string): ContainerMark | null {
  const { [unitLabel]: unit, [versionLabel]: version, [restartLabel]: restart, [graceLabel]: grace } = labels;
  if (labels[ownerLabel] !== owner || unit === undefined || version === undefined || !isDigest(version))
    return null;
  return {
    unit,
    version,
    restart: JSON.parse(restart ?? '{"kind":"no"}') as ContainerRestart,
    graceMs: grace === undefined ? null : Number(grace),
    images: (labels[imagesLabel] ?? '').split(' ').filter((image) => image !== ''),
  };
}
