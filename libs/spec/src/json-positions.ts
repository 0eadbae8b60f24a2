// SPDX-License-Identifier: Apache-2.0
import { join, type Place } from './diagnostic.ts';
import { scanJson } from './json-scan.ts';

/** 1-based; columns count UTF-16 units. The end is exclusive. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Frame {
  readonly pointer: string;
  readonly start: number;
  /** Index of the next item of an array; -1 in an object, where `key` says what comes. */
  index: number;
  key: string;
}

/** Finds places in one JSON text. Costs a scan of the whole text, so it is made when the first diagnostic asks. */
export function createPositions(text: string): (place: Place) => Span {
  const keys = new Map<string, Range>();
  const values = new Map<string, Range>();
  indexJson(text, keys, values);
  const starts = lineStarts(text);
  const rangeOf = (place: Place): Range => {
    if (place.kind === 'range') return place;
    const found =
      place.kind === 'key'
        ? (keys.get(place.pointer) ?? values.get(place.pointer))
        : values.get(place.pointer);
    // What a rule looks for may be absent; then its nearest ancestor is the place.
    return (
      found ??
      (place.pointer === ''
        ? { start: 0, end: 0 }
        : rangeOf({ kind: 'value', pointer: parentOf(place.pointer) }))
    );
  };
  return (place) => {
    const { start, end } = rangeOf(place);
    const [line, column] = lineAndColumn(starts, start);
    const [endLine, endColumn] = lineAndColumn(starts, end);
    return { line, column, endLine, endColumn };
  };
}

function indexJson(text: string, keys: Map<string, Range>, values: Map<string, Range>): void {
  const open: Frame[] = [];
  const nextPointer = (): string => {
    const frame = open.at(-1);
    if (frame === undefined) return '';
    if (frame.key !== '') return frame.key;
    frame.index += 1;
    return join(frame.pointer, frame.index - 1);
  };
  const scalar = (start: number, end: number): void => {
    values.set(nextPointer(), { start, end });
  };
  scanJson(text, {
    enter: (start) => open.push({ pointer: nextPointer(), start, index: 0, key: '' }),
    key: (name, start, end) => {
      const frame = open.at(-1);
      if (frame === undefined) return;
      frame.key = join(frame.pointer, name);
      keys.set(frame.key, { start, end });
    },
    string: (_escaped, start, end) => {
      scalar(start, end);
    },
    number: scalar,
    literal: scalar,
    leave: (end) => {
      const frame = open.pop();
      if (frame !== undefined) values.set(frame.pointer, { start: frame.start, end });
    },
  });
}

function parentOf(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let next = text.indexOf('\n'); next !== -1; next = text.indexOf('\n', next + 1)) starts.push(next + 1);
  return starts;
}

function lineAndColumn(starts: readonly number[], offset: number): readonly [number, number] {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return [low + 1, offset - (starts[low] ?? 0) + 1];
}
