// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, sortedBy, type Digest } from '@fairlead/base';
import { manifestBytes, revisionId, type Manifest } from '@fairlead/trust/verify';
import type { CompiledDevice, CompileInput, Manifested, Outline, Tables } from './compile-types.ts';
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
  const targets = new Map<string, Digest>();
  const bodies = new Map<Digest, Uint8Array>();
  const devices = new Map<string, CompiledDevice>();
  const groups = new Map<string, string[]>(sortedBy(groupNames, (name) => name).map((name) => [name, []]));
  // One walk over all devices: each commit takes it, however little it changes.
  for (const [index, { member, body }] of placed.entries()) {
    const { id, name, group } = member;
    targets.set(id, body.digest);
    bodies.set(body.digest, body.bytes);
    devices.set(id, { name, group, index, target: body.digest, format: body.format });
    groups.get(group)?.push(id);
  }
  return {
    tree,
    root: digestFromHex(Buffer.from(tree.root).toString('hex')),
    targets,
    bodies: new Map(sortedBy(bodies, ([digest]) => digest)),
    devices,
    groups,
  };
}
