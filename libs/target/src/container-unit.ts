// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { plainContainerSettings, type ContainerSettings } from './container-settings.ts';
import { plainAttributes, type UnitAttributes } from './unit-attributes.ts';

/** An OCI container. */
export interface ContainerUnit extends ContainerSettings {
  readonly domain: 'containers';
  readonly name: string;
  /** Known and kept switched, but not started. */
  readonly disabled: boolean;
  /** Names of units, of any domain, that must be ready before this one starts; sorted by bytes. */
  readonly requires: readonly string[];
  readonly attributes: UnitAttributes;
  /** Containers of one pod share network and volumes; null: it belongs to none. */
  readonly pod: string | null;
  readonly image: ContainerImage;
  /** Images that must be on the device before anything is stopped, by reference. */
  readonly requiredImages: readonly ContainerImage[];
  readonly update: ContainerUpdate;
  /** Host folders that are moved aside before the new one starts, and brought back if it fails; sorted by bytes. */
  readonly purge: readonly string[];
}

export interface ContainerImage {
  /** Registry, repository and tag, as people know it; what is pulled is the digest. */
  readonly reference: string;
  /** Of the manifest, or of the index of several platforms. */
  readonly digest: Digest;
  /** Bytes to download at most. */
  readonly size: number;
}

/** How the new one takes the place of the old. */
export type ContainerUpdate = 'download-then-kill' | 'kill-then-download' | 'hand-over';

/** A container about which nothing else is said. */
export function containerUnit(
  fields: Partial<ContainerUnit> & Pick<ContainerUnit, 'name' | 'image'>,
): ContainerUnit {
  return {
    domain: 'containers',
    disabled: false,
    requires: [],
    attributes: plainAttributes,
    pod: null,
    requiredImages: [],
    update: 'download-then-kill',
    purge: [],
    ...plainContainerSettings,
    ...fields,
  };
}
