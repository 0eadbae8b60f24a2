// SPDX-License-Identifier: Apache-2.0
import type { ImageEntry } from '@fairlead/spec';
import type { JobImage } from '@fairlead/target';
import type { Definition } from '../definitions.ts';
import type { Findings } from '../findings.ts';
import type { LockView } from '../lock/lock-view.ts';
import { artifactOf } from './artifact.ts';

const formats: Readonly<Record<string, JobImage['format'] | undefined>> = {
  tarball: 'tar',
  devicejs_tarball: 'tar',
  zip: 'zip',
  devicejs_zip: 'zip',
};

export function imageOf(
  definition: Definition<ImageEntry>,
  lock: LockView,
  findings: Findings,
): JobImage | undefined {
  const { image_type: type, version } = definition.value;
  const format = formats[type];
  if (type === 'docker') {
    findings.add(definition, '/image_type', {
      code: 'source-unsupported',
      message: 'this release cannot run images of the type docker',
      hint: 'Pack the program as a tarball or a zip, and give its image_type.',
    });
  }
  const artifact = artifactOf(definition.value, format ?? 'tar', definition, lock, findings);
  return artifact === undefined || format === undefined ? undefined : { ...artifact, format, version };
}
