// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Json, type Result } from '@fairlead/base';
import { join, tokensOf } from './diagnostic.ts';
import { scanJson } from './json-scan.ts';

/** A change of one member of an object, or one item of an array, by JSON pointer. */
export type JsonEdit =
  /** Takes the place of what is there, else comes last; `/-` at the end of a pointer is the place after an array's last item. */
  | { readonly kind: 'set'; readonly pointer: string; readonly value: Json }
  | { readonly kind: 'remove'; readonly pointer: string }
  | { readonly kind: 'rename'; readonly pointer: string; readonly name: string };

/** UTF-16 offsets into the text; the end is exclusive. */
interface Member {
  readonly name: string;
  /** Where its name begins; of an item of an array, the item. */
  readonly start: number;
  /** Where its name ends. */
  readonly nameEnd: number;
  readonly value: number;
  readonly end: number;
}

/** The object or array that holds what is edited. */
interface Container {
  readonly start: number;
  readonly end: number;
  readonly members: readonly Member[];
}

/**
 * The text with one change; every other byte stays as it is, so that what people wrote keeps its order and form. What is new is written as
 * its neighbours are. One scan of the text. Refused, with the reason: a text that is no JSON, and a place that is not there.
 */
export function editJson(text: string, edit: JsonEdit): Result<string, string> {
  const tokens = tokensOf(edit.pointer);
  const last = tokens.at(-1);
  if (last === undefined) return err('the whole file is no member of anything');
  const container = findContainer(text, tokens.slice(0, -1));
  if (!container.ok) return container;
  const { members } = container.value;
  const index = members.findLastIndex(({ name }) => name === last);
  const member = members[index];
  if (member === undefined) {
    if (edit.kind !== 'set') return err(`there is no ${edit.pointer}`);
    const isArray = text[container.value.start] === '[';
    if (isArray && last !== '-') return err(`there is no ${edit.pointer}; /- appends to a list`);
    return ok(append(text, container.value, isArray ? undefined : last, edit.value));
  }
  switch (edit.kind) {
    case 'set':
      return ok(splice(text, member.value, member.end, print(text, member, edit.value)));
    case 'rename':
      if (member.nameEnd === member.start)
        return err(`${edit.pointer} is an item of a list, and has no name`);
      if (edit.name !== last && members.some(({ name }) => name === edit.name))
        return err(`there is a '${edit.name}' already`);
      return ok(splice(text, member.start, member.nameEnd, JSON.stringify(edit.name)));
    case 'remove':
      return ok(remove(text, container.value, index));
  }
}

function splice(text: string, start: number, end: number, fresh: string): string {
  return text.slice(0, start) + fresh + text.slice(end);
}

/** With the comma and the blanks that only it needs. */
function remove(text: string, { start, end, members }: Container, index: number): string {
  const [before, member, after] = [members[index - 1], members[index], members[index + 1]];
  if (member === undefined) return text;
  if (before !== undefined) return splice(text, before.end, member.end, '');
  return after === undefined
    ? splice(text, start + 1, end - 1, '')
    : splice(text, member.start, after.start, '');
}

function append(
  text: string,
  { start, end, members }: Container,
  name: string | undefined,
  value: Json,
): string {
  const last = members.at(-1);
  if (last === undefined) {
    const line = text.trimEnd().includes('\n') ? lineBreak(text) + indentationOf(text, start) : '';
    const step = line === '' ? '' : stepOf(text);
    const label = name === undefined ? '' : `${JSON.stringify(name)}:${line === '' ? '' : ' '}`;
    const fresh = label + JSON.stringify(value, null, step).replaceAll('\n', line + step);
    return splice(text, start + 1, end - 1, line + step + fresh + line);
  }
  const blanks = text.slice((members.at(-2)?.end ?? start) + 1, last.start).replace(/^\s*,/, '');
  const label = name === undefined ? '' : JSON.stringify(name) + text.slice(last.nameEnd, last.value);
  return splice(text, last.end, last.end, `,${blanks}${label}${print(text, last, value)}`);
}

/** On lines of its own where its member begins a line; else on that line. */
function print(text: string, { start }: Member, value: Json): string {
  const before = text.slice(text.lastIndexOf('\n', start) + 1, start);
  if (before.trim() !== '' || !text.includes('\n')) return JSON.stringify(value);
  return JSON.stringify(value, null, stepOf(text)).replaceAll('\n', lineBreak(text) + before);
}

function lineBreak(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Blanks at the begin of the line that holds this offset. */
function indentationOf(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** One step of indentation: that of the first line that has one. */
function stepOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
}

/** A value whose end is not known yet. */
type Begun = Omit<Member, 'end'>;

interface Frame {
  /** How many tokens of the path lead here; undefined: it lies off the path. */
  readonly depth: number | undefined;
  readonly place: Begun;
  readonly members: Member[];
  /** Of the member that comes next; undefined in an array. */
  name: Pick<Begun, 'name' | 'start' | 'nameEnd'> | undefined;
  count: number;
}

/** The object or array at these tokens, and what lies right in it. */
function findContainer(text: string, path: readonly string[]): Result<Container, string> {
  const open: Frame[] = [];
  let found: Container | undefined;
  const begin = (start: number): Begun => {
    const frame = open.at(-1);
    const place = { name: '', start, nameEnd: start, value: start };
    if (frame === undefined) return place;
    frame.count += 1;
    return { ...place, name: String(frame.count - 1), ...frame.name };
  };
  const depthOf = ({ name }: Begun): number | undefined => {
    const frame = open.at(-1);
    if (frame === undefined) return 0;
    return frame.depth !== undefined && path[frame.depth] === name ? frame.depth + 1 : undefined;
  };
  const finish = (place: Begun, end: number): void => {
    const frame = open.at(-1);
    if (frame?.depth === path.length) frame.members.push({ ...place, end });
  };
  const scalar = (start: number, end: number): void => {
    finish(begin(start), end);
  };
  const fault = scanJson(text, {
    enter: (start) => {
      const place = begin(start);
      open.push({ depth: depthOf(place), place, members: [], name: undefined, count: 0 });
    },
    key: (name, start, end) => {
      const frame = open.at(-1);
      if (frame !== undefined) frame.name = { name, start, nameEnd: end };
    },
    string: (_escaped, start, end) => {
      scalar(start, end);
    },
    number: scalar,
    literal: scalar,
    leave: (end) => {
      const frame = open.pop();
      if (frame === undefined) return;
      if (frame.depth === path.length) found = { start: frame.place.value, end, members: frame.members };
      finish(frame.place, end);
    },
  });
  if (fault !== undefined) return err(fault.message);
  if (found !== undefined) return ok(found);
  return err(`there is no object or list at '${join('', ...path)}'`);
}
