// SPDX-License-Identifier: Apache-2.0
import { join, tokensOf } from '../diagnostic.ts';

/** Where a value was written. */
export interface Origin {
  readonly file: string;
  readonly pointer: string;
}

/** A JSON value of which every part knows where it was written. */
export type SpecNode =
  | { readonly kind: 'scalar'; readonly value: string | number | boolean | null; readonly origin: Origin }
  | { readonly kind: 'list'; readonly items: readonly SpecNode[]; readonly origin: Origin }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, SpecNode>; readonly origin: Origin };

export type MapNode = Extract<SpecNode, { kind: 'map' }>;

/** A value as one file holds it. */
export function nodeOf(value: unknown, origin: Origin): SpecNode {
  const inner = (key: string | number, item: unknown): SpecNode =>
    nodeOf(item, { file: origin.file, pointer: join(origin.pointer, key) });
  if (Array.isArray(value)) {
    return { kind: 'list', items: value.map((item, index) => inner(index, item)), origin };
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [key, inner(key, item)] as const);
    return { kind: 'map', entries: new Map(entries), origin };
  }
  return { kind: 'scalar', value: value as string | number | boolean | null, origin };
}

export function valueOf(node: SpecNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(valueOf);
    case 'map':
      return Object.fromEntries([...node.entries].map(([key, item]) => [key, valueOf(item)]));
  }
}

/** Where the value at this pointer was written, or what it would lie in. */
export function originIn(root: SpecNode, pointer: string): Origin {
  let node = root;
  for (const token of tokensOf(pointer)) {
    const next =
      node.kind === 'map'
        ? node.entries.get(token)
        : node.kind === 'list'
          ? node.items[Number(token)]
          : undefined;
    if (next === undefined) return node.origin;
    node = next;
  }
  return node.origin;
}
