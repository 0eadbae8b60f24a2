// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, sortedBy, type Digest } from '@fairlead/base';
import { manifestBytes, revisionId, type Manifest } from '@fairlead/trust/verify';
import type { Compiled, CompileInput } from './compile-types.ts';
import type { TargetBody } from './group-build.ts';
import type { TreeMaker } from './leaves.ts';
import type { Member } from './members.ts';

/** A device and its target state. */
export interface Placed {
  readonly member: Member;
  readonly body: TargetBody;
}

/** What the commit says of the fleet as a whole. */
export interface FleetFacts {
  readonly edition: number;
  readonly fleet: Digest;
  /** Added to the generation number, so that the counter rises over accepted rewrites. */
  readonly offset: number;
  readonly groupNames: readonly string[];
}

/** The manifest of a commit, and the tables that belong to it. `placed` is in byte order of device ids. */
export function publish(
  input: CompileInput,
  facts: FleetFacts,
  placed: readonly Placed[],
  treeOf: TreeMaker,
): Omit<Compiled, 'diagnostics' | 'roots' | 'replaced'> {
  const tree = treeOf(placed.map(({ member, body }) => ({ device: member.id, target: body.digest })));
  const manifest: Manifest = {
    format: 1,
    edition: facts.edition,
    fleet: facts.fleet,
    branch: input.branch,
    commit: input.commit,
    tree: input.tree,
    time: input.time,
    counter: input.generation + facts.offset,
    devices: placed.length,
    root: digestFromHex(Buffer.from(tree.root).toString('hex')),
  };
  const bytes = manifestBytes(manifest);
  const byGroup = Map.groupBy(placed, ({ member }) => member.group);
  return {
    kind: 'compiled',
    manifest,
    manifestBytes: bytes,
    revision: revisionId(bytes),
    targets: new Map(placed.map(({ member, body }) => [member.id, body.digest])),
    bodies: new Map(
      sortedBy(new Map(placed.map(({ body }) => [body.digest, body.bytes])), ([digest]) => digest),
    ),
    tree,
    devices: new Map(
      placed.map(({ member: { id, name, group }, body }, index) => [
        id,
        { name, group, index, target: body.digest, format: body.format },
      ]),
    ),
    groups: new Map(
      sortedBy(facts.groupNames, (name) => name).map((name) => [
        name,
        (byGroup.get(name) ?? []).map(({ member }) => member.id),
      ]),
    ),
  };
}
