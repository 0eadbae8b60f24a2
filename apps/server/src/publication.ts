// SPDX-License-Identifier: Apache-2.0
import type { Publication } from '@fairlead/gateway';
import type { RecordedRevision } from './revision-desk.ts';

/** A compiled commit and its recorded metadata, in the form that devices are told of it. */
export function publicationOf({ compiled, signed, root }: RecordedRevision): Publication {
  return {
    revision: compiled.revision,
    counter: compiled.manifest.counter,
    commit: compiled.manifest.commit,
    newestRoot: root,
    manifest: compiled.manifestBytes,
    targets: signed.targets,
    snapshot: signed.snapshot,
    timestamp: signed.timestamp,
    devices: new Map(
      [...compiled.devices].map(([id, { index, target, format, name, group }]) => [
        id,
        { index, target, format, name: name ?? '', group },
      ]),
    ),
    proof: (index) => compiled.tree.proof(index),
    body: (target) => compiled.bodies.get(target),
  };
}
