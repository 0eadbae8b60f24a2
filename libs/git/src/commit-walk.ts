// SPDX-License-Identifier: Apache-2.0
import { ok, type Result } from '@fairlead/base';
import { parseCommit, type Commit } from './commit-object.ts';
import { startGit } from './git-child.ts';
import type { ObjectReader } from './object-reader.ts';
import { openObjectStream, type ObjectStream } from './object-stream.ts';
import type { RepositoryProblem } from './problem.ts';
import { parseTree } from './tree-object.ts';

/** Names of commits, each the first parent of the next. Undefined: the one to end at is not on the line. */
export type CommitLine = readonly string[] | undefined;

export interface WalkOptions {
  readonly signal: AbortSignal;
  /** False reads in this process alone. Default true. */
  readonly useGit?: boolean;
}

/** So many steps are taken in this process before a child is worth its start. */
const ownSteps = 32;

/** From after `until` (null: from the first commit) up to `head` (null: there is none), along first parents; the oldest first. */
export async function firstParents(
  commonDir: string,
  objects: ObjectReader,
  { head, until }: { readonly head: string | null; readonly until: string | null },
  { signal, useGit = true }: WalkOptions,
): Promise<Result<CommitLine, RepositoryProblem>> {
  const line: string[] = [];
  for (let oid = head; oid !== until;) {
    signal.throwIfAborted();
    if (oid === null) return ok(undefined);
    if (useGit && line.length === ownSteps) {
      const rest = await listedByGit(commonDir, oid, until, signal);
      if (rest.kind === 'missed') return ok(undefined);
      if (rest.kind === 'reached') return ok([...rest.oids, ...line.reverse()]);
    }
    const commit = await objects.commit(oid);
    if (!commit.ok) return commit;
    line.push(oid);
    oid = commit.value.parents[0] ?? null;
  }
  return ok(line.reverse());
}

type Listed =
  { readonly kind: 'reached'; readonly oids: readonly string[] } | { readonly kind: 'missed' | 'unknown' };

async function listedByGit(
  commonDir: string,
  head: string,
  until: string | null,
  signal: AbortSignal,
): Promise<Listed> {
  const range = until === null ? [head] : [head, `^${until}`];
  const { child, closed } = startGit(
    commonDir,
    ['rev-list', '--first-parent', '--parents', ...range],
    signal,
  );
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  if ((await closed) !== 0) return { kind: 'unknown' };
  const lines = Buffer.concat(chunks)
    .toString('latin1')
    .split('\n')
    .filter((text) => text !== '');
  const [, oldest = null] = (lines.at(-1) ?? '').split(' ');
  if (oldest !== until) return { kind: 'missed' };
  return { kind: 'reached', oids: lines.map((text) => text.slice(0, 40)).reverse() };
}

/** A commit with the files that were asked for, as far as it has them at its top. */
export interface WalkedCommit {
  readonly commit: Commit;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface ReadCommitsOptions extends WalkOptions {
  /** Names at the top of each tree. */
  readonly files: readonly string[];
  /** Largest file, in bytes; a larger one is an error. */
  readonly maxBytes: number;
}

/** Commits and trees up to this size come by the child, larger ones one by one. In bytes. */
const structureBytes = 2 ** 20;

/** Commits of one page, with their files in memory. */
const pageSize = 64;

/** Reads commits in the order of their names, each checked against its name. Ends with the first that cannot be read. */
export async function* readCommits(
  commonDir: string,
  objects: ObjectReader,
  oids: readonly string[],
  options: ReadCommitsOptions,
): AsyncGenerator<Result<WalkedCommit, RepositoryProblem>, void> {
  const { signal, useGit = true, maxBytes } = options;
  const stream =
    useGit && oids.length >= ownSteps
      ? openObjectStream(commonDir, Math.max(maxBytes, structureBytes), signal)
      : undefined;
  try {
    for (let at = 0; at < oids.length; at += pageSize) {
      const page = oids.slice(at, at + pageSize);
      const fast = stream === undefined ? [] : await pageOf(stream, page, options);
      for (const [index, oid] of page.entries()) {
        signal.throwIfAborted();
        const known = fast[index];
        const read = known === undefined ? await readOne(objects, oid, options) : ok(known);
        yield read;
        if (!read.ok) return;
      }
    }
  } finally {
    stream?.close();
  }
}

async function pageOf(
  stream: ObjectStream,
  page: readonly string[],
  { files: names, maxBytes }: ReadCommitsOptions,
): Promise<readonly (WalkedCommit | undefined)[]> {
  const wanted = page.flatMap((oid) => [oid, `${oid}^{tree}`, ...names.map((name) => `${oid}:${name}`)]);
  const answers = await stream.read(wanted);
  const each = 2 + names.length;
  return page.map((oid, index): WalkedCommit | undefined => {
    const [head, tree, ...blobs] = answers.slice(index * each, (index + 1) * each);
    const commit = head?.oid === oid && head.type === 'commit' ? parseCommit(oid, head.content) : undefined;
    if (commit === undefined || tree?.oid !== commit.tree) return undefined;
    const entries = parseTree(tree.content);
    if (entries === undefined) return undefined;
    const files = new Map<string, Uint8Array>();
    for (const [which, name] of names.entries()) {
      const entry = entries.find((item) => item.name === name);
      if (entry === undefined) continue;
      const blob = blobs[which];
      if (blob?.oid !== entry.oid || blob.type !== 'blob' || blob.content.length > maxBytes) return undefined;
      files.set(name, blob.content);
    }
    return { commit, files };
  });
}

async function readOne(
  objects: ObjectReader,
  oid: string,
  { files: names, maxBytes }: ReadCommitsOptions,
): Promise<Result<WalkedCommit, RepositoryProblem>> {
  const commit = await objects.commit(oid);
  if (!commit.ok) return commit;
  const tree = await objects.tree(commit.value.tree);
  if (!tree.ok) return tree;
  const files = new Map<string, Uint8Array>();
  for (const name of names) {
    const entry = tree.value.find((item) => item.name === name);
    if (entry === undefined) continue;
    const blob = await objects.blob(entry.oid, maxBytes);
    if (!blob.ok) return blob;
    files.set(name, blob.value);
  }
  return ok({ commit: commit.value, files });
}
