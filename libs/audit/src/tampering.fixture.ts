// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import { sshVerify, type Commit, type Ed25519Signer } from '@fairlead/git';
import type { LogRecord } from '@fairlead/log';
import { readReceipt } from '@fairlead/trust/verify';
import { createEd25519Key, ed25519Signer } from '@fairlead/trust/sign';
import type { Finding } from './finding.ts';
import { linesOf, readLine, withLines, writeLine, type LoggedCommit } from './log-line.fixture.ts';
import type { MemoryRepository } from './memory-repository.fixture.ts';

export const recordsRef = 'refs/fairlead/revisions';
const receiptsPrefix = 'refs/fairlead/receipts/';

/** Whole numbers and choices that follow from a seed. */
export interface Chance {
  below(limit: number): number;
  of<T>(choices: readonly T[]): T;
}

export function chanceOf(random: () => number): Chance {
  const below = (limit: number): number => Math.floor(random() * limit);
  return { below, of: (choices) => choices[below(choices.length)]! };
}

/** What somebody did to the log, and how an audit must call it. */
export interface Tampering {
  readonly what: string;
  /** Any of these names it. */
  readonly codes: readonly Code[];
  /** Whether a finding's place is that of the deed. */
  readonly isThere: (finding: Finding) => boolean;
  /** It can be seen only by who holds a checkpoint of before. */
  readonly needsCheckpoint?: boolean;
  /** Servers that write at the same moment do this too. */
  readonly isWarning?: boolean;
}

/** The log as it was, for tampering with copies of it. */
export interface Original {
  readonly repository: MemoryRepository;
  /** Reference → its commits, oldest first. */
  readonly lines: ReadonlyMap<string, readonly LoggedCommit[]>;
  readonly receiptRefs: readonly string[];
  /** Receipts that others of the same chain follow. */
  readonly followed: ReadonlySet<string>;
}

export async function takeOriginal(
  repository: MemoryRepository,
  signers: readonly Ed25519Signer[],
): Promise<Original> {
  const signerOf = ({ payload, signature }: Commit): Ed25519Signer | null => {
    const key = signature === null ? undefined : sshVerify(payload, signature);
    return signers.find(({ publicKey }) => key !== undefined && Buffer.compare(publicKey, key) === 0) ?? null;
  };
  const receiptRefs = [...repository.refs.keys()].filter((ref) => ref.startsWith(receiptsPrefix)).sort();
  const lines = new Map<string, readonly LoggedCommit[]>();
  for (const ref of [recordsRef, ...receiptRefs]) lines.set(ref, await readLine(repository, ref, signerOf));
  const facts = receiptRefs.flatMap((ref) =>
    (lines.get(ref) ?? []).flatMap((commit) => linesOf(commit, 'receipts.jsonl').map(factsOf)),
  );
  const followed = facts.filter(({ instance, seq }) =>
    facts.some((other) => other.instance === instance && other.seq > seq),
  );
  return { repository, lines, receiptRefs, followed: new Set(followed.map(({ name }) => name)) };
}

/** What a line of receipts says. */
function factsOf(line: string) {
  const receipt = readReceipt(Buffer.from(line));
  if (!receipt.ok) throw new Error(receipt.error.join());
  const { device, instance, seq } = receipt.value;
  return { device, instance, seq, name: `${instance} ${String(seq)}` };
}

/** One kind of deed; undefined: not possible where chance has led to. */
export type Deed = (
  original: Original,
  copy: MemoryRepository,
  chance: Chance,
) => Promise<Tampering | undefined>;

const pick = (original: Original, chance: Chance, refs: readonly string[]) => {
  const ref = chance.of(refs);
  const line = original.lines.get(ref) ?? [];
  return { ref, line, at: chance.below(line.length) };
};
const anyRef = ({ receiptRefs }: Original): readonly string[] => [recordsRef, ...receiptRefs];
const inCommit =
  (ref: string, logCommit: string | undefined) =>
  ({ place }: Finding): boolean =>
    place.ref === ref && place.logCommit === logCommit;
const inRef =
  (ref: string) =>
  ({ place }: Finding): boolean =>
    place.ref === ref;

/** A letter of an alphabet that is not this one. */
export function otherLetter(alphabet: string, letter: string | undefined, chance: Chance): string {
  const others = alphabet.replace(letter ?? '', '');
  return others.charAt(chance.below(others.length));
}

/** Somebody else's letter or digit at some place of a text. */
export function alter(text: string, chance: Chance): string {
  const at = chance.below(text.length);
  return text.slice(0, at) + otherLetter('0123456789abcdefXYZ', text[at], chance) + text.slice(at + 1);
}

/** What anyone can do who may write to the repository, without any key. */
export const outsiders: Readonly<Record<string, Deed>> = {
  async 'changes a file'(original, copy, chance) {
    const { ref, line, at } = pick(original, chance, anyRef(original));
    const commit = line[at]!;
    const [name, content] = chance.of([...commit.files].filter(([, text]) => text !== ''));
    const changed = { ...commit, files: new Map([...commit.files, [name, alter(content, chance)]]) };
    const names = await writeLine(copy, ref, line.with(at, changed), false);
    return { what: `${name} of ${ref}~${at}`, codes: ['log-forged'], isThere: inCommit(ref, names[at]) };
  },
  async 'drops a commit'(original, copy, chance) {
    const { ref, line, at } = pick(original, chance, anyRef(original));
    if (at === line.length - 1) return undefined;
    const names = await writeLine(copy, ref, line.toSpliced(at, 1), false);
    return { what: `${ref}~${at}`, codes: ['log-forged'], isThere: inCommit(ref, names[at]) };
  },
  async 'swaps two commits'(original, copy, chance) {
    const { ref, line, at } = pick(original, chance, anyRef(original));
    if (at === line.length - 1) return undefined;
    const names = await writeLine(copy, ref, line.toSpliced(at, 2, line[at + 1]!, line[at]!), false);
    return { what: `${ref}~${at}`, codes: ['log-forged'], isThere: inCommit(ref, names[at]) };
  },
  async 'doubles a commit'(original, copy, chance) {
    const { ref, line, at } = pick(original, chance, anyRef(original));
    const names = await writeLine(copy, ref, line.toSpliced(at, 0, line[at]!), false);
    return { what: `${ref}~${at}`, codes: ['log-forged'], isThere: inCommit(ref, names[at + 1]) };
  },
  async 'takes a signature away'(original, copy, chance) {
    const { ref, line, at } = pick(original, chance, anyRef(original));
    const names = await writeLine(copy, ref, line.with(at, { ...line[at]!, signature: null }), false);
    return { what: `${ref}~${at}`, codes: ['log-forged'], isThere: inCommit(ref, names[at]) };
  },
  async 'signs with a key of its own'(original, copy, chance) {
    const { ref, line, at } = pick(original, chance, anyRef(original));
    const signer = ed25519Signer(createEd25519Key());
    const names = await writeLine(copy, ref, line.with(at, { ...line[at]!, signer }), true);
    return { what: `${ref}~${at}`, codes: ['log-forged'], isThere: inCommit(ref, names[at]) };
  },
  async 'cuts a finished segment'(original, copy, chance) {
    const { ref, line, at } = pick(
      original,
      chance,
      original.receiptRefs.filter((name) => name.includes('2026-10')),
    );
    await writeLine(copy, ref, line.slice(0, at), false);
    return { what: `${ref} to ${at}`, codes: ['log-cut'], isThere: inRef(ref) };
  },
  async 'cuts the newest end'(original, copy, chance) {
    const { ref, line, at } = pick(original, chance, anyRef(original));
    await writeLine(copy, ref, line.slice(0, Math.max(at, ref === recordsRef ? 1 : 0)), false);
    return { what: `${ref} to ${at}`, codes: ['log-cut'], isThere: inRef(ref), needsCheckpoint: true };
  },
  async 'copies a reference'(original, copy, chance) {
    const ref = chance.of(original.receiptRefs);
    const other = `${ref}${chance.of(['2', '-copy', 'z'])}`;
    copy.refs.set(other, copy.refs.get(ref)!);
    return { what: `${ref} as ${other}`, codes: ['receipt-doubled'], isThere: inRef(other) };
  },
  async 'lets a reference mean another one'(original, copy, chance) {
    const ref = chance.of(original.receiptRefs);
    const other = chance.of(anyRef(original).filter((name) => name !== ref));
    copy.refs.set(ref, copy.refs.get(other)!);
    const isThere = ({ place }: Finding): boolean => place.ref === ref || place.ref === other;
    return {
      what: `${ref} as ${other}`,
      codes: ['receipt-doubled', 'log-forged', 'record-invalid', 'log-cut'],
      isThere,
    };
  },
  async 'removes an object'(original, copy, chance) {
    const { ref, line, at } = pick(original, chance, anyRef(original));
    const names = await writeLine(copy, ref, line, false);
    const commit = await copy.source.objects.commit(names[at]!);
    if (!commit.ok) throw new Error(commit.error.message);
    const tree = await copy.source.objects.tree(commit.value.tree);
    if (!tree.ok) throw new Error(tree.error.message);
    const oid = chance.of([names[at]!, commit.value.tree, ...tree.value.map((entry) => entry.oid)]);
    const isShared = copy.objects.get(oid)?.content.length === 0;
    if (isShared) return undefined;
    copy.objects.delete(oid);
    return { what: `${oid} of ${ref}~${at}`, codes: ['object-corrupt'], isThere: inCommit(ref, names[at]) };
  },
  async 'removes a deployed commit'(original, copy, chance) {
    const commits = recordsOf(original).flatMap(({ record }) =>
      record.kind === 'revision' ? record.commit : [],
    );
    const commit = chance.of(commits);
    copy.objects.delete(commit);
    return {
      what: commit,
      codes: ['object-corrupt'],
      isThere: ({ message, place }) => place.commit === commit || message.includes(commit),
    };
  },
};

/** Every record, and where it stands. */
export function recordsOf({ lines }: Original) {
  return (lines.get(recordsRef) ?? []).flatMap((commit, at) =>
    linesOf(commit, 'records.jsonl').map((text, row) => ({
      at,
      row,
      text,
      record: JSON.parse(text) as LogRecord,
    })),
  );
}

/** Every receipt, and where it stands. */
export function receiptsOf({ lines, receiptRefs }: Original) {
  return receiptRefs.flatMap((ref) =>
    (lines.get(ref) ?? []).flatMap((commit, at) =>
      linesOf(commit, 'receipts.jsonl').map((text, row) => ({ ref, at, row, text, ...factsOf(text) })),
    ),
  );
}

/** Changes the lines of one file in a commit, and signs anew from there on. */
export async function rewrite(
  { lines }: Original,
  copy: MemoryRepository,
  { ref, at, file }: { readonly ref: string; readonly at: number; readonly file: string },
  change: (lines: readonly string[]) => readonly string[],
): Promise<readonly string[]> {
  const line = lines.get(ref) ?? [];
  const commit = line[at]!;
  return writeLine(copy, ref, line.with(at, withLines(commit, file, change(linesOf(commit, file)))), true);
}
