// SPDX-License-Identifier: Apache-2.0

/** Something that stands in the container's file tree though it is not of the image. Paths are absolute, without `.`, `..` and `//`. */
export interface ContainerMount {
  readonly source: MountSource;
  /** In the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

export type MountSource =
  /** A file or folder of the device. */
  | {
      readonly kind: 'host';
      readonly path: string;
      readonly propagation: MountPropagation;
      /** Whether its SELinux label is changed, for this container alone or for all. */
      readonly relabel: 'none' | 'private' | 'shared';
    }
  /** A volume of the engine, made when it is first named. */
  | { readonly kind: 'volume'; readonly name: string }
  /** A volume that lives as long as the container. */
  | { readonly kind: 'anonymous' };

export const mountPropagations = ['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave'] as const;

/** Whether mounts made later on one side show on the other. */
export type MountPropagation = (typeof mountPropagations)[number];

/** A file system in memory. */
export interface ContainerTmpfs {
  readonly target: string;
  readonly readOnly: boolean;
  /** Whether programs, set-user-ID bits and device files on it count. */
  readonly exec: boolean;
  readonly suid: boolean;
  readonly dev: boolean;
  readonly sizeBytes: number | null;
  /** Permission bits of its root. */
  readonly mode: number | null;
}

export interface ContainerDevice {
  /** On the device that the container runs on. */
  readonly path: string;
  /** In the container. */
  readonly target: string;
  /** Read, write, make device files: some of `rwm`, in this order. */
  readonly permissions: string;
}

/** All mounts of another container. */
export interface VolumesOf {
  readonly container: string;
  readonly readOnly: boolean;
}
