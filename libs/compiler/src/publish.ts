// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, sortedBy, type Digest } from '@fairlead/base';
import { manifestBytes, revisionId, type Manifest } from '@fairlead/trust/verify';
import type { CompileInput, Manifested, Outline, Tables } from './compile-types.ts';
import type { TargetBody } from './group-build.ts';
import type { TreeMaker } from './leaves.ts';
import type { Member } from './members.ts';

/** A device and its target state. */
export interface Placed {
  readonly member: Member;
  readonly body: TargetBody;
}

/** The manifest of a commit. */
export function publish(
  input: CompileInput,
  fleet: Digest,
  { root, devices, edition, counter }: Outline,
): Manifested {
  const manifest: Manifest = {
    format: 1,
    edition,
    fleet,
    branch: input.branch,
    commit: input.commit,
    tree: input.tree,
    time: input.time,
    counter,
    devices: devices.size,
    root,
  };
  const bytes = manifestBytes(manifest);
  return { manifest, manifestBytes: bytes, revision: revisionId(bytes) };
}

/** What hangs on the tree of a commit alone. `placed` is in byte order of device ids. */
export function tabulate(
  placed: readonly Placed[],
  groupNames: readonly string[],
  treeOf: TreeMaker,
): Tables {
  const tree = treeOf(placed.map(({ member, body }) => ({ device: member.id, target: body.digest })));
  const byGroup = Map.groupBy(placed, ({ member }) => member.group);
  return {
    tree,
    root: digestFromHex(Buffer.from(tree.root).toString('hex')),
    targets: new Map(placed.map(({ member, body }) => [member.id, body.digest])),
    bodies: new Map(
      sortedBy(new Map(placed.map(({ body }) => [body.digest, body.bytes])), ([digest]) => digest),
    ),
    devices: new Map(
      placed.map(({ member: { id, name, group }, body }, index) => [
        id,
        { name, group, index, target: body.digest, format: body.format },
      ]),
    ),
    groups: new Map(
      sortedBy(groupNames, (name) => name).map((name) => [
        name,
        (byGroup.get(name) ?? []).map(({ member }) => member.id),
      ]),
    ),
  };
}
