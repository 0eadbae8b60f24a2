// SPDX-License-Identifier: Apache-2.0
import { isMap, isScalar, isSeq, type ParsedNode, type YAMLMap } from 'yaml';
import type { Place } from './diagnostic.ts';
import { scanYaml } from './yaml-scan.ts';

/** UTF-16 offsets; the end is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

type PointerPlace = Exclude<Place, { kind: 'range' }>;

/**
 * Where in one YAML text. What a rule looks for may be absent; then its nearest ancestor is the place. What an alias brings is at the alias.
 */
export function createYamlRanges(text: string): (place: PointerPlace, tokens: readonly string[]) => Range {
  const scanned = scanYaml(text);
  const contents = scanned.kind === 'document' ? scanned.document.contents : null;
  const childOf = createChildren(text);
  return ({ kind }, tokens) => {
    let found: Range = contents === null ? { start: 0, end: 0 } : rangeOf(contents);
    let node = contents;
    for (const [index, token] of tokens.entries()) {
      const next: Child | undefined = node === null ? undefined : childOf(node, token);
      if (next === undefined) return found;
      const asKey = (kind === 'key' && index === tokens.length - 1) || isEmpty(next.value);
      found = rangeOf(asKey ? (next.key ?? next.value) : next.value);
      node = next.value;
    }
    return found;
  };
}

interface Child {
  /** Undefined in a list. */
  readonly key: ParsedNode | undefined;
  readonly value: ParsedNode;
}

/** Finds children, each mapping gone through once; of a key that stands twice, the last. */
function createChildren(text: string): (node: ParsedNode, token: string) => Child | undefined {
  const known = new Map<ParsedNode, ReadonlyMap<string, Child>>();
  const childrenOf = (map: YAMLMap.Parsed): ReadonlyMap<string, Child> => {
    const children =
      known.get(map) ??
      new Map(
        map.items.flatMap(({ key, value }) =>
          isScalar(key) ? [[keyText(key, text), { key, value: value ?? key }] as const] : [],
        ),
      );
    known.set(map, children);
    return children;
  };
  return (node, token) => {
    if (isMap(node)) return childrenOf(node).get(token);
    const value = isSeq(node) ? node.items[Number(token)] : undefined;
    return value === undefined ? undefined : { key: undefined, value };
  };
}

/** Nothing is written there. */
function isEmpty({ range: [start, end] }: ParsedNode): boolean {
  return start === end;
}

/** `8080:` is the key '8080', as it is written. */
export function keyText(key: ParsedNode & { readonly value: unknown }, text: string): string {
  return typeof key.value === 'string' ? key.value : text.slice(key.range[0], key.range[1]);
}

function rangeOf({ range: [start, end] }: ParsedNode): Range {
  return { start, end };
}
