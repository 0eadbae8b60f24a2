// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import { mountPropagations, type ContainerMount, type ContainerTmpfs } from '../container-files.ts';
import { targetLimits } from '../limits.ts';
import { absolutePath, count, engineName, positive, rising } from './parts.ts';

const target = v.pipe(absolutePath, v.notValue('/', 'the root itself'));

const source = v.variant('kind', [
  v.strictObject({
    kind: v.literal('host'),
    path: absolutePath,
    propagation: v.picklist(mountPropagations),
    relabel: v.picklist(['none', 'private', 'shared']),
  }),
  v.strictObject({ kind: v.literal('volume'), name: engineName }),
  v.strictObject({ kind: v.literal('anonymous') }),
]);

const byTarget = (item: { readonly target: string }): string => item.target;

/** What stands in its file tree though it is not of the image. */
export const containerFileFields = {
  readOnlyRoot: v.boolean(),
  mounts: rising(v.strictObject({ source, target, readOnly: v.boolean() }), targetLimits.settings, byTarget),
  tmpfs: rising(
    v.strictObject({
      target,
      readOnly: v.boolean(),
      exec: v.boolean(),
      suid: v.boolean(),
      dev: v.boolean(),
      sizeBytes: v.nullable(positive),
      mode: v.nullable(v.pipe(count, v.maxValue(0o7777, 'above 07777'))),
    }),
    targetLimits.settings,
    byTarget,
  ),
  devices: rising(
    v.strictObject({
      path: target,
      target,
      permissions: v.pipe(v.string(), v.nonEmpty('empty'), v.regex(/^r?w?m?$/, 'not some of rwm, in order')),
    }),
    targetLimits.settings,
    byTarget,
  ),
  volumesFrom: rising(
    v.strictObject({ container: engineName, readOnly: v.boolean() }),
    targetLimits.settings,
    ({ container }) => container,
  ),
  shmBytes: v.nullable(positive),
};

export function hasOneMountEach({
  mounts,
  tmpfs,
}: {
  readonly mounts: readonly ContainerMount[];
  readonly tmpfs: readonly ContainerTmpfs[];
}): boolean {
  const targets = new Set(mounts.map(byTarget));
  return !tmpfs.some((mount) => targets.has(mount.target));
}
