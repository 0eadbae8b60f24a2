// SPDX-License-Identifier: Apache-2.0
import { isOid } from './oid.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface Commit {
  readonly oid: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  /** Seconds since 1970 by the committer's clock. */
  readonly committed: number;
  readonly message: string;
  /** What the signature signs: the object without its signature header. */
  readonly payload: Uint8Array;
  /** The text of the `gpgsig` header, whatever its kind, of several one after another; null: not signed. */
  readonly signature: string | null;
}

/** Undefined if the bytes are no commit. */
export function parseCommit(oid: string, bytes: Uint8Array): Commit | undefined {
  // Byte for byte: signatures cover bytes, and old commits may be in any encoding.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const split = text.indexOf('\n\n');
  const head = split < 0 ? text : text.slice(0, split + 1);
  const headers = parseHeaders(head);
  const tree = headers.find(({ key }) => key === 'tree')?.value ?? '';
  const parents = headers.filter(({ key }) => key === 'parent').map(({ value }) => value);
  const author = parsePerson(headers.find(({ key }) => key === 'author')?.value ?? '');
  const committer = parsePerson(headers.find(({ key }) => key === 'committer')?.value ?? '');
  if (!isOid(tree) || !parents.every(isOid) || author === undefined || committer === undefined)
    return undefined;
  const signatures = headers.filter(({ key }) => key === 'gpgsig' || key === 'gpgsig-sha256');
  const unsigned = headers.filter((header) => !signatures.includes(header)).map(({ raw }) => raw);
  return {
    oid,
    tree,
    parents,
    author: author.person,
    committer: committer.person,
    committed: committer.seconds,
    message: utf8(split < 0 ? '' : text.slice(split + 2)),
    payload: Buffer.from(unsigned.join('') + text.slice(head.length), 'latin1'),
    signature: signatures.some(({ key }) => key === 'gpgsig')
      ? signatures.flatMap(({ key, value }) => (key === 'gpgsig' ? [value] : [])).join('\n')
      : null,
  };
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  /** Seconds since 1970. */
  readonly seconds: number;
  readonly message: string;
}

/** The bytes of a commit without signature. Author and committer are one, in UTC. */
export function commitBytes({ tree, parents, author, seconds, message }: NewCommit): Buffer {
  const who = `${author.name} <${author.email}> ${String(seconds)} +0000`;
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${who}`,
    `committer ${who}`,
  ];
  return Buffer.from(`${lines.join('\n')}\n\n${message}`, 'utf8');
}

/** The same commit with a signature over it, at the place where Git writes it: after the committer. */
export function withSignature(commit: Buffer, signature: string): Buffer {
  const split = commit.indexOf('\n\n') + 1;
  const header = `gpgsig ${signature.trimEnd().split('\n').join('\n ')}\n`;
  return Buffer.concat([commit.subarray(0, split), Buffer.from(header, 'utf8'), commit.subarray(split)]);
}

interface Header {
  readonly key: string;
  readonly value: string;
  /** As it stands in the object, with its line ends. */
  readonly raw: string;
}

function parseHeaders(head: string): readonly Header[] {
  const headers: Header[] = [];
  for (const raw of head.match(/[^\n]*\n(?: [^\n]*\n)*/g) ?? []) {
    const blank = raw.indexOf(' ');
    headers.push({ key: raw.slice(0, blank), value: raw.slice(blank + 1, -1).replaceAll('\n ', '\n'), raw });
  }
  return headers;
}

function parsePerson(text: string): { readonly person: Person; readonly seconds: number } | undefined {
  const match = /^(.*?) ?<([^>]*)> (-?\d+) [+-]\d{4}$/s.exec(text);
  if (match === null) return undefined;
  const [, name = '', email = '', seconds = ''] = match;
  return { person: { name: utf8(name), email: utf8(email) }, seconds: Number(seconds) };
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
