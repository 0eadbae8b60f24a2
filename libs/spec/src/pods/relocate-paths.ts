// SPDX-License-Identifier: Apache-2.0
import { dialectOf } from './dialect.ts';
import type { Dialect } from './pod-spec.ts';
import type { MapNode, SpecNode } from './spec-node.ts';

/** Keys of a container whose text is a path; that of `entrypoint` only where the container has no `git`. */
const pathKeys = ['entrypoint', 'snapshot', 'firmware'] as const;

/** Keys of a specification that hold containers by name. */
const containerKeys = ['containers', 'apps'] as const;

/**
 * The specification with every path as the top file would write it: a path means something from the folder of the file that holds it.
 * Artemis resolves all of them against the folder of the top file; where the specification is Artemis's they stay as they are.
 */
export function relocatePaths(
  root: MapNode,
  fromTop: (path: string, holder: string) => string,
  dialect: Dialect = dialectOf(root),
): MapNode {
  if (dialect === 'artemis') return root;
  const relocate = (node: SpecNode): SpecNode =>
    isText(node) && !isUrl(node.value) ? { ...node, value: fromTop(node.value, node.origin.file) } : node;

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
  for (const key of containerKeys) {
    const containers = entries.get(key);
    if (containers?.kind !== 'map') continue;
    const relocated = [...containers.entries].map(
      ([name, container]) => [name, inContainer(container)] as const,
    );
    entries.set(key, { ...containers, entries: new Map(relocated) });
  }
  return { ...root, entries };
}

function isText(node: SpecNode): node is Extract<SpecNode, { kind: 'scalar' }> & { readonly value: string } {
  return node.kind === 'scalar' && typeof node.value === 'string';
}

function isUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]{1,20}:\/\//.test(text);
}
