// SPDX-License-Identifier: Apache-2.0
import type { MapNode, SpecNode } from './spec-node.ts';

/**
 * What a specification says on top of a base of it. Its own value wins; mappings are merged key by key; to a list of its own the items of
 * the base's are appended, except those that it has from the same place already: two ways to one base bring them once.
 */
export function mergeNodes(own: MapNode, base: MapNode): MapNode {
  const entries = new Map(own.entries);
  for (const [key, item] of base.entries) {
    const mine = entries.get(key);
    entries.set(key, mine === undefined ? item : mergeValues(mine, item));
  }
  return { ...own, entries };
}

function mergeValues(own: SpecNode, base: SpecNode): SpecNode {
  if (own.kind === 'map' && base.kind === 'map') return mergeNodes(own, base);
  if (own.kind !== 'list' || base.kind !== 'list') return own;
  const known = new Set(own.items.map(placeOf));
  return { ...own, items: [...own.items, ...base.items.filter((item) => !known.has(placeOf(item)))] };
}

function placeOf({ origin }: SpecNode): string {
  return `${origin.file}#${origin.pointer}`;
}

/** Without nulls, which say that what a base brings does not hold. */
export function withoutNulls(node: MapNode): MapNode {
  const kept = [...node.entries].flatMap(([key, item]) => {
    const rest = withoutNull(item);
    return rest === undefined ? [] : [[key, rest] as const];
  });
  return { ...node, entries: new Map(kept) };
}

function withoutNull(node: SpecNode): SpecNode | undefined {
  switch (node.kind) {
    case 'scalar':
      return node.value === null ? undefined : node;
    case 'list':
      return { ...node, items: node.items.flatMap((item) => withoutNull(item) ?? []) };
    case 'map':
      return withoutNulls(node);
  }
}
