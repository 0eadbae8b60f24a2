// SPDX-License-Identifier: Apache-2.0
import { tokensOf, type Place } from './diagnostic.ts';
import { scanJson } from './json-scan.ts';
import { isYamlPath } from './source-rules.ts';
import { createYamlRanges, type Range } from './yaml-ranges.ts';

/** 1-based; columns count UTF-16 units. The end is exclusive. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A place that is looked for, or one on the way to it. */
interface Sought {
  readonly inner: Map<string, Sought>;
  key?: Range;
  value?: Range;
}

/** A file in which places are sought: by the end of its name it is YAML or JSON. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

type PointerPlace = Exclude<Place, { kind: 'range' }>;

/**
 * Finds places in one text: one scan of it, and memory for these places alone. No others may be asked for.
 */
export function findPlaces({ file, text }: SourceText, places: readonly Place[]): (place: Place) => Span {
  const sought = places.filter((place) => place.kind !== 'range');
  const find =
    sought.length === 0 ? undefined : isYamlPath(file) ? yamlFinder(text) : jsonFinder(text, sought);
  const rangeOf = (place: Place): Range =>
    place.kind === 'range' ? place : (find?.(place) ?? { start: 0, end: 0 });
  const lineAndColumn = findLines(
    text,
    places.map(rangeOf).flatMap(({ start, end }) => [start, end]),
  );
  return (place) => {
    const { start, end } = rangeOf(place);
    const [line, column] = lineAndColumn(start);
    const [endLine, endColumn] = lineAndColumn(end);
    return { line, column, endLine, endColumn };
  };
}

function yamlFinder(text: string): (place: PointerPlace) => Range {
  const find = createYamlRanges(text);
  return (place) => find(place, tokensOf(place.pointer));
}

function jsonFinder(text: string, sought: readonly PointerPlace[]): (place: PointerPlace) => Range {
  const root: Sought = { inner: new Map() };
  for (const { pointer } of sought) seek(root, tokensOf(pointer));
  scanFor(text, root);
  return (place) => lookUp(root, place);
}

function seek(root: Sought, tokens: readonly string[]): void {
  let node = root;
  for (const token of tokens) {
    const next = node.inner.get(token) ?? { inner: new Map<string, Sought>() };
    node.inner.set(token, next);
    node = next;
  }
}

/** What a rule looks for may be absent; then its nearest ancestor is the place. */
function lookUp(root: Sought, { kind, pointer }: PointerPlace): Range {
  let node: Sought | undefined = root;
  let found = root.value ?? { start: 0, end: 0 };
  for (const token of tokensOf(pointer)) {
    node = node.inner.get(token);
    if (node?.value === undefined) return found;
    found = node.value;
  }
  return kind === 'key' ? (node.key ?? found) : found;
}

interface Frame {
  /** Undefined where nothing is sought inside. */
  readonly node: Sought | undefined;
  readonly start: number;
  /** Index of the next item of an array. */
  index: number;
  /** What the member is that comes next; null in an array. */
  member: { readonly node: Sought | undefined } | null;
}

function scanFor(text: string, root: Sought): void {
  const open: Frame[] = [];
  const next = (): Sought | undefined => {
    const frame = open.at(-1);
    if (frame === undefined) return root;
    if (frame.member !== null) return frame.member.node;
    frame.index += 1;
    return frame.node?.inner.get(String(frame.index - 1));
  };
  const scalar = (start: number, end: number): void => {
    const node = next();
    if (node !== undefined) node.value = { start, end };
  };
  scanJson(text, {
    enter: (start) => open.push({ node: next(), start, index: 0, member: null }),
    key: (name, start, end) => {
      const frame = open.at(-1);
      if (frame === undefined) return;
      const node = frame.node?.inner.get(name);
      if (node !== undefined) node.key = { start, end };
      frame.member = { node };
    },
    string: (_escaped, start, end) => {
      scalar(start, end);
    },
    number: scalar,
    literal: scalar,
    leave: (end) => {
      const frame = open.pop();
      if (frame?.node !== undefined) frame.node.value = { start: frame.start, end };
    },
  });
}

/** Line and column of these offsets, by one pass over the text. */
function findLines(
  text: string,
  offsets: readonly number[],
): (offset: number) => readonly [line: number, column: number] {
  const found = new Map<number, readonly [number, number]>();
  let line = 1;
  let start = 0;
  let end = text.indexOf('\n');
  for (const offset of offsets.toSorted((a, b) => a - b)) {
    while (end !== -1 && end < offset) {
      line += 1;
      start = end + 1;
      end = text.indexOf('\n', start);
    }
    found.set(offset, [line, offset - start + 1]);
  }
  return (offset) => found.get(offset) ?? [1, 1];
}
