// SPDX-License-Identifier: Apache-2.0
import type { ContainerKind } from '@fairlead/spec';
import type { Artifact, FirmwareUnit } from '@fairlead/target';
import type { ContainerParts, PodContext } from './draft-pod.ts';
import { blobOf } from './pod-blobs.ts';
import { refuseUnbuilt } from './refusals.ts';

/** A container that is firmware of an auxiliary core. */
export function firmwareUnit(
  parts: ContainerParts,
  kind: Extract<ContainerKind, { readonly kind: 'firmware' }>,
  context: PodContext,
): FirmwareUnit | undefined {
  const { processor, recovery } = kind;
  const firmware = artifactOf(parts, kind.path, context);
  return firmware === undefined
    ? undefined
    : { domain: 'firmware', ...parts.common, processor, recovery, firmware };
}

/** From elsewhere as the lock has it, or from the fleet's server. */
function artifactOf(
  parts: ContainerParts,
  path: string,
  { pod, lock, files, blobs, findings }: PodContext,
): Artifact | undefined {
  const { container, at } = parts;
  const remote = isUrl(path);
  const content = remote
    ? lock.file(path, {}, at('firmware'), findings)
    : blobs === undefined
      ? files.get(path)
      : blobOf(parts, blobs);
  if (content === undefined) {
    if (!remote && blobs !== undefined)
      refuseUnbuilt(
        at('firmware'),
        `the container '${container.name}' of the pod '${pod.name}' is firmware`,
        findings,
      );
    return undefined;
  }
  return { url: remote ? path : 'server:', digest: content.digest, size: content.size, format: 'file' };
}

/** True for firmware that lies neither in the commit nor in a pod. */
export function isUrl(path: string): boolean {
  return /^https?:\/\//.test(path);
}
