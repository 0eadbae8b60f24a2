// SPDX-License-Identifier: Apache-2.0
import type { MapNode, SpecNode } from './spec-node.ts';

/** Artemis's own schema: a file that names it is read as Artemis reads it. */
const artemisSchema = 'https://toit.io/schemas/artemis/pod-specification/v1.json';

/** Keys of a container whose text is a path; that of `entrypoint` only where the container has no `git`. */
const pathKeys = ['entrypoint', 'snapshot'] as const;

/**
 * The specification with every path as the top file would write it: a path means something from the folder of the file that holds it.
 * Artemis resolves all of them against the folder of the top file; where the specification is Artemis's they stay as they are.
 */
export function relocatePaths(root: MapNode, fromTop: (path: string, holder: string) => string): MapNode {
  const schema = root.entries.get('$schema');
  if (schema === undefined ? root.entries.has('version') : isText(schema) && schema.value === artemisSchema)
    return root;
  const relocate = (node: SpecNode): SpecNode =>
    isText(node) ? { ...node, value: fromTop(node.value, node.origin.file) } : node;

  const inContainer = (container: SpecNode): SpecNode => {
    if (container.kind !== 'map') return container;
    const entries = new Map(container.entries);
    for (const key of pathKeys) {
      const path = entries.get(key);
      if (path !== undefined && !(key === 'entrypoint' && entries.has('git')))
        entries.set(key, relocate(path));
    }
    return { ...container, entries };
  };

  const entries = new Map(root.entries);
  const configs = entries.get('running-config');
  if (configs?.kind === 'list')
    entries.set('running-config', { ...configs, items: configs.items.map(relocate) });
  const containers = entries.get('containers');
  if (containers?.kind === 'map') {
    const relocated = [...containers.entries].map(
      ([name, container]) => [name, inContainer(container)] as const,
    );
    entries.set('containers', { ...containers, entries: new Map(relocated) });
  }
  return { ...root, entries };
}

function isText(node: SpecNode): node is Extract<SpecNode, { kind: 'scalar' }> & { readonly value: string } {
  return node.kind === 'scalar' && typeof node.value === 'string';
}
