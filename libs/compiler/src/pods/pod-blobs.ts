// SPDX-License-Identifier: Apache-2.0
import type { LockedPod } from '@fairlead/spec';
import type { ContainerParts, PodContext } from './draft-pod.ts';

/** What the container of a pod that was built runs; undefined where it was not built, or has none. */
export function blobOf(
  { container: { name } }: ContainerParts,
  blobs: PodContext['blobs'],
): LockedPod['blobs'][string] | undefined {
  return blobs !== undefined && Object.hasOwn(blobs, name) ? blobs[name] : undefined;
}
