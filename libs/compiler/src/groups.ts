// SPDX-License-Identifier: Apache-2.0
import { join, type FleetFile } from '@fairlead/spec';
import { inside, type Findings } from './findings.ts';
import { buildGroup, emptyTarget, type GroupBuild, type TargetBody, type Variant } from './group-build.ts';
import { noSources, type GroupSources } from './group-sources.ts';
import type { LockView } from './lock/lock-view.ts';
import type { Member } from './members.ts';
import type { VariableUse } from './placeholders.ts';
import type { Sources } from './sources.ts';
import type { UsedCache } from './used-cache.ts';
import type { Vars } from './variable-values.ts';

/** What each device shall run; made when no error stands against it. */
interface Assignment {
  readonly member: Member;
  readonly target: () => TargetBody;
}

/**
 * Compiles every group that has not been compiled from the same content before. Assignments are in the order of the members; with
 * errors among the findings some may be missing. What the groups have of the lock is added to `views`.
 */
export function compileGroups(
  sources: Sources,
  members: readonly Member[],
  builds: UsedCache<GroupBuild>,
  views: Set<LockView>,
  findings: Findings,
): readonly Assignment[] {
  const fleet: FleetFile | undefined = sources.fleet?.value;
  const byGroup = Map.groupBy(members, ({ group }) => group);
  const targets = new Map<Member, Assignment['target']>();
  const variantOf = (build: GroupBuild, vars: Vars): Variant =>
    noteVariant(build.variant(vars, sources.lock), views, findings);
  for (const [name, group] of Object.entries(fleet?.groups ?? {})) {
    const devices = byGroup.get(name) ?? [];
    if (group.retired === true) {
      for (const device of devices) targets.set(device, emptyTarget);
      continue;
    }
    const build = buildOf(name, sources.groups.get(name) ?? noSources, builds);
    findings.addAll(build.findings);
    const shared = [fleet?.vars ?? {}, group.vars ?? {}];
    // A group without devices is checked too, with the variables that it has.
    if (devices.length === 0) variantOf(build, varsFor(build, shared));
    // Most devices have no variables of their own: what they share is looked up once.
    const withVariant = (vars: Vars) => ({
      variant: variantOf(build, vars),
      missing: build.uses.filter((use) => !vars.has(use.name)),
    });
    const told = new Map<VariableUse, number>();
    let common: ReturnType<typeof withVariant> | undefined;
    for (const device of devices) {
      const isPlain = Object.keys(device.vars).length === 0;
      const { variant, missing } = isPlain
        ? (common ??= withVariant(varsFor(build, shared)))
        : withVariant(varsFor(build, [...shared, device.vars]));
      for (const use of missing) {
        const times = told.get(use) ?? 0;
        if (times < mostLacking) reportUndefined(use, device, shared, findings);
        told.set(use, times + 1);
      }
      targets.set(device, variant.target);
    }
  }
  return members.flatMap((member) => {
    const target = targets.get(member);
    return target === undefined ? [] : [{ member, target }];
  });
}

/** Checks each running config that no group names, as far as one can without what it would be put together with. */
export function checkUnnamed(
  { unnamed, lock }: Sources,
  builds: UsedCache<GroupBuild>,
  views: Set<LockView>,
  findings: Findings,
): void {
  for (const file of unnamed) {
    const build = buildOf(null, { ...noSources, files: [file] }, builds);
    findings.addAll(build.findings);
    noteVariant(build.variant(none, lock), views, findings);
  }
}

function noteVariant(variant: Variant, views: Set<LockView>, findings: Findings): Variant {
  findings.addAll(variant.findings);
  views.add(variant.lock);
  return variant;
}

/** `name` is null for what belongs to no group. */
function buildOf(name: string | null, sources: GroupSources, builds: UsedCache<GroupBuild>): GroupBuild {
  const { files, desired, complete, apply, pod } = sources;
  const key = JSON.stringify([
    name,
    complete,
    apply,
    files.map(({ file, oid }) => [oid, file]),
    desired.map(({ file, oid }) => [oid, file]),
    ...(pod === undefined
      ? []
      : [pod.reference, pod.content?.key, [...pod.files].map(([path, { oid }]) => [path, oid])]),
  ]);
  const known = builds.get(key);
  known?.sweep();
  if (known !== undefined) return known;
  const build = buildGroup(sources);
  builds.set(key, build);
  return build;
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

/** Devices of a group that are looked at for what one use lacks: nothing new is told of the next, unless their own `vars` are broken. */
const mostLacking = 8;

/** Each place once, however many groups and devices lack the variable. */
function reportUndefined(
  use: VariableUse,
  device: Member,
  shared: readonly Readonly<Record<string, string>>[],
  findings: Findings,
): void {
  findings.add(use, '', {
    code: 'variable-undefined',
    message: `vars.${use.name} is not defined for every device that needs it`,
    hint: `Define it in vars of fleet.json, of its group '${device.group}', or of each device of that group.`,
    lacks: [
      { file: 'fleet.json', pointer: join('/vars', use.name) },
      { file: 'fleet.json', pointer: join('/groups', device.group, 'vars', use.name) },
      inside(device.source, 'vars', use.name),
    ],
    suggest: {
      written: use.name,
      among: () => [...shared, device.vars].flatMap((one) => Object.keys(one)),
    },
  });
}
