// SPDX-License-Identifier: Apache-2.0
import type { LockedPod } from '@fairlead/spec';
import type { Findings, Source } from '../findings.ts';
import type { ContainerParts, PodContext } from './draft-pod.ts';

/** What the container of a pod that was built runs; undefined where it was not built, or has none. */
export function blobOf(
  { container: { name } }: ContainerParts,
  blobs: PodContext['blobs'],
): LockedPod['blobs'][string] | undefined {
  return blobs !== undefined && Object.hasOwn(blobs, name) ? blobs[name] : undefined;
}

export function refuseUnbuilt(source: Source, what: string, findings: Findings): void {
  findings.add(source, '', {
    code: 'pod-not-built',
    message: `${what}, which must be built before a group deploys it`,
  });
}
