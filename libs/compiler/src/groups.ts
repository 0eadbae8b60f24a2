// SPDX-License-Identifier: Apache-2.0
import { join, type Diagnostic, type FleetFile, type FleetGroup } from '@fairlead/spec';
import type { Findings } from './findings.ts';
import { buildGroup, emptyTarget, type GroupBuild, type TargetBody, type Vars } from './group-build.ts';
import type { Member } from './members.ts';
import type { Sources } from './sources.ts';
import type { UsedCache } from './used-cache.ts';

/** What each device shall run; made when no error stands against it. */
interface Assignment {
  readonly member: Member;
  readonly target: () => TargetBody;
}

export interface CompiledGroups {
  /** In the order of the members; devices of groups that cannot be compiled are missing. */
  readonly assignments: readonly Assignment[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles every group that has not been compiled from the same content before. */
export function compileGroups(
  sources: Sources,
  members: readonly Member[],
  builds: UsedCache<GroupBuild>,
  findings: Findings,
): CompiledGroups {
  const fleet: FleetFile | undefined = sources.fleet?.value;
  const byGroup = Map.groupBy(members, ({ group }) => group);
  const diagnostics = new Set<Diagnostic>();
  const targets = new Map<Member, Assignment['target']>();
  for (const [name, group] of Object.entries(fleet?.groups ?? {})) {
    const devices = byGroup.get(name) ?? [];
    if (group.retired === true) {
      for (const device of devices) targets.set(device, emptyTarget);
      continue;
    }
    refuseUnsupported(name, group, findings);
    const build = buildOf(sources, name, builds);
    if (build === undefined) continue;
    build.diagnostics.forEach((diagnostic) => diagnostics.add(diagnostic));
    const shared = [fleet?.vars ?? {}, group.vars ?? {}];
    // A group without devices is checked too, with the variables that it has.
    if (devices.length === 0)
      build.variant(varsFor(build, shared)).diagnostics.forEach((diagnostic) => diagnostics.add(diagnostic));
    for (const device of devices) {
      const vars = varsFor(build, [...shared, device.vars]);
      reportUndefined(build, vars, device, shared, findings);
      const variant = build.variant(vars);
      variant.diagnostics.forEach((diagnostic) => diagnostics.add(diagnostic));
      targets.set(device, variant.target);
    }
  }
  const assignments = members.flatMap((member) => {
    const target = targets.get(member);
    return target === undefined ? [] : [{ member, target }];
  });
  return { assignments, diagnostics: [...diagnostics] };
}

function buildOf(sources: Sources, name: string, builds: UsedCache<GroupBuild>): GroupBuild | undefined {
  const files = sources.running.get(name);
  if (files === undefined) return undefined;
  const key = [name, ...files.map(({ file, oid }) => `${oid} ${file}`)].join('\n');
  const known = builds.get(key);
  known?.sweep();
  if (known !== undefined) return known;
  const build = buildGroup(files);
  builds.set(key, build);
  return build;
}

/** Nothing is deployed in part: what this release cannot do yet is no warning. */
function refuseUnsupported(name: string, group: FleetGroup, findings: Findings): void {
  const refuse = (key: string, what: string): void => {
    findings.add({ file: 'fleet.json', pointer: join('/groups', name, key) }, '', {
      code: 'source-unsupported',
      message: `this release does not compile ${what} of group '${name}'`,
    });
  };
  if (group.pod !== undefined) refuse('pod', `the pod`);
  if ((group['desired-state'] ?? []).length > 0) refuse('desired-state', 'the desired states');
  if (group.apply !== undefined && group.apply !== 'now') refuse('apply', "any 'apply' but 'now'");
}

const none: Vars = new Map();

/** Values of the variables that the group uses; later sources count over earlier ones. */
function varsFor({ uses }: GroupBuild, sources: readonly Readonly<Record<string, string>>[]): Vars {
  if (uses.length === 0) return none;
  const vars = new Map<string, string>();
  for (const { name } of uses) {
    for (const source of sources) {
      const value = Object.hasOwn(source, name) ? source[name] : undefined;
      if (value !== undefined) vars.set(name, value);
    }
  }
  return vars;
}

/** Each place once, however many devices lack the variable. */
function reportUndefined(
  { uses }: GroupBuild,
  vars: Vars,
  device: Member,
  shared: readonly Readonly<Record<string, string>>[],
  findings: Findings,
): void {
  for (const use of uses) {
    if (vars.has(use.name)) continue;
    findings.add(use, '', {
      code: 'variable-undefined',
      message: `vars.${use.name} is defined neither by the fleet, nor by group '${device.group}', nor by each of its devices`,
      suggest: { written: use.name, among: [...shared, device.vars].flatMap((one) => Object.keys(one)) },
    });
  }
}
