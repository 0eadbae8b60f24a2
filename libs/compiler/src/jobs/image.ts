// SPDX-License-Identifier: Apache-2.0
import type { ImageEntry } from '@fairlead/spec';
import type { JobImage } from '@fairlead/target';
import type { Definition } from '../definitions.ts';
import type { Findings } from '../findings.ts';
import type { LockView } from '../lock/lock-view.ts';
import { artifactOf } from './artifact.ts';

/** Of archives that are unpacked; docker is none of them. */
const formats: Readonly<Record<string, JobImage['format'] | undefined>> = {
  tarball: 'tar',
  devicejs_tarball: 'tar',
  zip: 'zip',
  devicejs_zip: 'zip',
};

export function isDocker({ value }: Definition<ImageEntry>): boolean {
  return value.image_type === 'docker';
}

export function imageOf(
  definition: Definition<ImageEntry>,
  lock: LockView,
  findings: Findings,
): JobImage | undefined {
  const { image_type: type, version } = definition.value;
  const format = formats[type];
  if (format === undefined) return undefined;
  const artifact = artifactOf(definition.value, format, definition, lock, findings);
  return artifact === undefined ? undefined : { ...artifact, version };
}
