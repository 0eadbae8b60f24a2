// SPDX-License-Identifier: Apache-2.0
import type { JobMember, JobUnit } from '@fairlead/target';
import { usedConfigFolder, type Layout } from './layout.ts';
import type { Variables } from './substitute.ts';

/** What placeholders mean in a member's definition. `version` is the folder of the unit's version. */
export function memberVariables(
  layout: Layout,
  unit: JobUnit,
  version: string,
  member: JobMember,
): Variables {
  return {
    IMAGE: member.image === null ? null : layout.image(member.image),
    CONFIG: usedConfigFolder(version, member),
    JOB: member.name,
    THISDIR: layout.work(unit.name),
    CWD: layout.work(unit.name),
  };
}

/** What placeholders mean in program, arguments and environment: for a group, only what all its members agree on. */
export function unitVariables(layout: Layout, unit: JobUnit, version: string): Variables {
  const each = unit.members.map((member) => memberVariables(layout, unit, version, member));
  const agreed = (name: keyof Variables): string | null => {
    const values = new Set(each.map((variables) => variables[name]));
    const [only] = values;
    return values.size === 1 ? (only ?? null) : null;
  };
  return {
    IMAGE: agreed('IMAGE'),
    CONFIG: agreed('CONFIG'),
    JOB: unit.name,
    THISDIR: layout.work(unit.name),
    CWD: layout.work(unit.name),
  };
}
