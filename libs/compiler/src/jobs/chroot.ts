// SPDX-License-Identifier: Apache-2.0
import type { TemplateEntry } from '@fairlead/spec';
import type { JobChroot } from '@fairlead/target';
import type { Definition } from '../definitions.ts';
import type { Findings } from '../findings.ts';
import type { PreparedJob } from './job-unit.ts';

/** By any of the three names that the field has had. */
export function chrootWanted({ chroot_image: image, chrootimage, ChrootImage }: TemplateEntry): boolean {
  return image ?? chrootimage ?? ChrootImage ?? false;
}

/** The root folder of a process: the image where the template says so, else its path. */
export function chrootOf(
  jobs: readonly PreparedJob[],
  template: Definition<TemplateEntry> | undefined,
  findings: Findings,
): JobChroot {
  if (template === undefined) return { kind: 'none' };
  const { chroot_path: path = '' } = template.value;
  const wanted = chrootWanted(template.value);
  if (wanted && jobs.some(({ hasImage }) => hasImage)) return { kind: 'image' };
  if (path !== '') return { kind: 'path', path };
  for (const { definition, name } of wanted ? jobs : []) {
    findings.add(definition, '', {
      code: 'conflicting-settings',
      message: `the template of job '${name}' makes the image its root, and it has no image`,
    });
  }
  return { kind: 'none' };
}
