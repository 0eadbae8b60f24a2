// SPDX-License-Identifier: Apache-2.0
import { sshSign, treeBytes, type Commit, type Ed25519Signer } from '@fairlead/git';
import type { MemoryRepository } from './memory-repository.fixture.ts';

/** One commit of a reference of the log, taken apart. */
export interface LoggedCommit {
  readonly files: ReadonlyMap<string, string>;
  readonly seconds: number;
  readonly message: string;
  /** As it was; it fits only if nothing is changed. */
  readonly signature: string | null;
  /** The key that signed it, to sign it again. */
  readonly signer: Ed25519Signer | null;
}

/** The commits of a reference, oldest first. `signers`: who may have signed. */
export async function readLine(
  { source, refs }: MemoryRepository,
  ref: string,
  signerOf: (commit: Commit) => Ed25519Signer | null,
): Promise<readonly LoggedCommit[]> {
  const line: LoggedCommit[] = [];
  for (let oid = refs.get(ref); oid !== undefined;) {
    const commit = await source.objects.commit(oid);
    if (!commit.ok) throw new Error(commit.error.message);
    const { tree, committed, message, signature, parents } = commit.value;
    const entries = await source.objects.tree(tree);
    if (!entries.ok) throw new Error(entries.error.message);
    const files = new Map<string, string>();
    for (const entry of entries.value) {
      const blob = await source.objects.blob(entry.oid, 2 ** 30);
      if (blob.ok) files.set(entry.name, Buffer.from(blob.value).toString('utf8'));
    }
    line.push({ files, seconds: committed, message, signature, signer: signerOf(commit.value) });
    [oid] = parents;
  }
  return line.reverse();
}

/**
 * Writes the commits to a reference, one on top of the other; their names. What is not changed gets the name that it had. With
 * `isResigned` each is signed by its key, as whoever has that key can; otherwise the old signature stays, whether it fits or not.
 */
export async function writeLine(
  { write, refs }: MemoryRepository,
  ref: string,
  line: readonly LoggedCommit[],
  isResigned: boolean,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { files, seconds, message, signature, signer } of line) {
    const entries = [];
    for (const [name, content] of files)
      entries.push({
        name,
        kind: 'file' as const,
        executable: false,
        oid: await write('blob', Buffer.from(content)),
      });
    const tree = await write('tree', treeBytes(entries));
    const parent = names.at(-1);
    const who = `Fairlead <fairlead@localhost> ${String(seconds)} +0000`;
    const head = [
      `tree ${tree}`,
      ...(parent === undefined ? [] : [`parent ${parent}`]),
      `author ${who}`,
      `committer ${who}`,
    ];
    const payload = Buffer.from(`${head.join('\n')}\n\n${message}`);
    const text = isResigned && signer !== null ? await sshSign(payload, signer) : signature;
    const signed = text === null ? [] : [`gpgsig ${text.trimEnd().split('\n').join('\n ')}`];
    names.push(await write('commit', Buffer.from(`${[...head, ...signed].join('\n')}\n\n${message}`)));
  }
  const last = names.at(-1);
  if (last === undefined) refs.delete(ref);
  else refs.set(ref, last);
  return names;
}

/** A file of a commit, line by line; the last, empty one left out. */
export function linesOf({ files }: LoggedCommit, name: string): readonly string[] {
  return (files.get(name) ?? '').split('\n').slice(0, -1);
}

export function withLines(commit: LoggedCommit, name: string, lines: readonly string[]): LoggedCommit {
  return { ...commit, files: new Map([...commit.files, [name, lines.map((line) => `${line}\n`).join('')]]) };
}
