// SPDX-License-Identifier: Apache-2.0
import type { JobMember, JobUnit } from '@fairlead/target';
import { configsFolder, insideConfigs, usedConfigFolder, type Layout } from './layout.ts';
import type { Variables } from './substitute.ts';

/**
 * What placeholders mean in a member's definition: paths as its process sees them, so that in another root folder some mean nothing.
 * `version` is the folder of the unit's version.
 */
export function memberVariables(
  layout: Layout,
  unit: JobUnit,
  version: string,
  member: JobMember,
): Variables {
  const work = workFolder(layout, unit);
  const at = { JOB: member.name, THISDIR: work, CWD: work };
  switch (unit.chroot.kind) {
    case 'none':
      return {
        ...at,
        IMAGE: member.image === null ? null : layout.image(member.image),
        CONFIG: usedConfigFolder(configsFolder(version, unit.chroot), member),
      };
    case 'image':
      return { ...at, IMAGE: '/', CONFIG: usedConfigFolder(`/${insideConfigs}`, member) };
    case 'path':
      return { ...at, IMAGE: null, CONFIG: null };
  }
}

/** What placeholders mean in program, arguments and environment: for a group, only what all its members agree on. */
export function unitVariables(layout: Layout, unit: JobUnit, version: string): Variables {
  const each = unit.members.map((member) => memberVariables(layout, unit, version, member));
  const agreed = (name: keyof Variables): string | null => {
    const values = new Set(each.map((variables) => variables[name]));
    const [only] = values;
    return values.size === 1 ? (only ?? null) : null;
  };
  const work = workFolder(layout, unit);
  return { IMAGE: agreed('IMAGE'), CONFIG: agreed('CONFIG'), JOB: unit.name, THISDIR: work, CWD: work };
}

/** Working folder of the unit's process: the top of its root folder, where it has another. */
function workFolder(layout: Layout, unit: JobUnit): string {
  return unit.chroot.kind === 'none' ? layout.work(unit.name) : '/';
}
