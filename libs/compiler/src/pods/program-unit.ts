// SPDX-License-Identifier: Apache-2.0
import type { ContainerKind } from '@fairlead/spec';
import type { JobUnit } from '@fairlead/target';
import type { ContainerParts, PodContext } from './draft-pod.ts';
import { blobOf } from './pod-blobs.ts';
import { refuseToit, refuseUnbuilt } from './refusals.ts';

/** A container that is a program: a supervised process from a blob of a pod that was built. */
export function programUnit(
  parts: ContainerParts,
  { path }: Extract<ContainerKind, { readonly kind: 'entrypoint' }>,
  { pod, blobs, findings }: PodContext,
): JobUnit | undefined {
  const { container, at, common } = parts;
  const { name } = container;
  if (path.endsWith('.toit')) {
    refuseToit(parts, findings);
    return undefined;
  }
  const blob = blobOf(parts, blobs);
  if (blob === undefined) {
    refuseUnbuilt(
      at('entrypoint'),
      `the container '${name}' of the pod '${pod.name}' has an entrypoint`,
      findings,
    );
    return undefined;
  }
  // The agent keeps a single file under this name, and an archive with the paths that are in it.
  const file = `{{IMAGE}}/${blob.format === 'file' ? 'image' : path}`;
  const { memoryBytes } = common.attributes.resources;
  const command = isScript(path)
    ? { program: 'node', args: [file, ...container.arguments] }
    : { program: file, args: container.arguments };
  return {
    domain: 'jobs',
    ...common,
    attributes: {
      ...common.attributes,
      resources: { ...common.attributes.resources, memoryBytes: null },
    },
    ...command,
    autostart: true,
    env: {},
    inheritEnv: false,
    originId: false,
    daemonize: false,
    dieWithAgent: false,
    stdin: { kind: 'none' },
    ready: { kind: 'started' },
    restart: { enabled: container.critical, limit: 0, pauseMs: 0, onDependencyFail: true },
    stop: { graceMs: null },
    user: null,
    group: null,
    memoryLimit: memoryBytes,
    chroot: { kind: 'none' },
    members: [
      {
        name,
        image: {
          url: 'server:',
          digest: blob.digest,
          size: blob.size,
          format: blob.format,
          version: pod.name,
        },
        configs: [],
        config: null,
        definition: null,
      },
    ],
  };
}

/** What a program of the device's Node runs. */
function isScript(path: string): boolean {
  return /\.[cm]?[jt]s$/.test(path);
}
