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
  return nearestTo(root, pointer).node.origin;
}

/** Where the value at this pointer was written; of one that is not there, where it would stand. */
export function writtenAt(root: SpecNode, pointer: string): Origin {
  const { node, rest } = nearestTo(root, pointer);
  return { file: node.origin.file, pointer: join(node.origin.pointer, ...rest) };
}

/** Where the first item of the list at this pointer that is this text was written. */
export function itemIn(root: SpecNode, pointer: string, text: string): Origin {
  const { node } = nearestTo(root, pointer);
  const found =
    node.kind === 'list'
      ? node.items.find((item) => item.kind === 'scalar' && item.value === text)
      : undefined;
  return (found ?? node).origin;
}

/** The innermost value on the way to this pointer, and what is left of the way. */
function nearestTo(
  root: SpecNode,
  pointer: string,
): { readonly node: SpecNode; readonly rest: readonly string[] } {
  const tokens = tokensOf(pointer);
  let node = root;
  for (const [index, token] of tokens.entries()) {
    const next = childOf(node, token);
    if (next === undefined) return { node, rest: tokens.slice(index) };
    node = next;
  }
  return { node, rest: [] };
}

function childOf(node: SpecNode, token: string): SpecNode | undefined {
  switch (node.kind) {
    case 'scalar':
      return undefined;
    case 'list':
      return node.items[Number(token)];
    case 'map':
      return node.entries.get(token);
  }
}
