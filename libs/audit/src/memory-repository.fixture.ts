// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import {
  createAncestry,
  parseCommit,
  parseTree,
  problem,
  type Commit,
  type RepositoryProblem,
  type ObjectType,
  type WriteObject,
} from '@fairlead/git';
import { gitEnv, git } from '@fairlead/testing';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { AuditSource } from './audit-source.ts';

interface GitObject {
  readonly type: string;
  readonly content: Uint8Array;
}

/** A repository in memory, which anyone may write to as Git would let them: objects by any name, references to anything. */
export interface MemoryRepository {
  readonly source: AuditSource;
  readonly objects: Map<string, GitObject>;
  readonly refs: Map<string, string>;
  readonly write: WriteObject;
  copy(): MemoryRepository;
}

/** Everything that a repository holds. */
export async function loadRepository(dir: string): Promise<MemoryRepository> {
  const objects = new Map<string, GitObject>();
  const all = execFileSync('git', ['--git-dir', dir, 'cat-file', '--batch-all-objects', '--batch'], {
    env: { ...process.env, ...gitEnv },
    maxBuffer: 2 ** 30,
  });
  for (let at = 0; at < all.length;) {
    const end = all.indexOf(0x0a, at);
    const [oid = '', type = '', size = '0'] = all.toString('latin1', at, end).split(' ');
    const from = end + 1;
    at = from + Number(size) + 1;
    objects.set(oid, { type, content: all.subarray(from, at - 1) });
  }
  const lines = (await git(dir, 'for-each-ref', '--format=%(refname) %(objectname)')).trim().split('\n');
  const refs = new Map(lines.map((line) => line.split(' ') as [string, string]));
  return memoryRepository(objects, refs);
}

function memoryRepository(objects: Map<string, GitObject>, refs: Map<string, string>): MemoryRepository {
  const read = (oid: string, type: string) => {
    const found = objects.get(oid);
    if (found?.type !== type || nameOf(type, found.content) !== oid)
      return err(problem('object-corrupt', `object ${oid} is missing, or is not what its name says`));
    return ok(found.content);
  };
  const reader: AuditSource['objects'] = {
    async commit(oid) {
      const bytes = read(oid, 'commit');
      const commit = bytes.ok ? parseCommit(oid, bytes.value) : undefined;
      return commit === undefined ? err(problem('object-corrupt', `${oid} is no commit`)) : ok(commit);
    },
    async tree(oid) {
      const bytes = read(oid, 'tree');
      const entries = bytes.ok ? parseTree(bytes.value) : undefined;
      return entries === undefined ? err(problem('object-corrupt', `${oid} is no tree`)) : ok(entries);
    },
    blob: async (oid) => read(oid, 'blob'),
    bytes: async (type, oid) => read(oid, type),
  };
  const write: WriteObject = async (type: ObjectType, content) => {
    const oid = nameOf(type, content);
    objects.set(oid, { type, content });
    return oid;
  };
  return {
    objects,
    refs,
    write,
    copy: () => memoryRepository(new Map(objects), new Map(refs)),
    source: {
      objects: reader,
      ancestry: createAncestry(async (oid) => {
        const commit = await reader.commit(oid);
        return commit.ok ? ok(commit.value.parents) : commit;
      }),
      blobs: async (oids) =>
        new Map(await Promise.all(oids.map(async (oid) => [oid, await reader.blob(oid, 0)] as const))),
      readRef: async (ref) => ok(refs.get(ref) ?? null),
      async firstParents({ head, until }) {
        const line: string[] = [];
        for (let oid = head; oid !== until;) {
          if (oid === null) return ok(undefined);
          const commit = await reader.commit(oid);
          if (!commit.ok) return commit;
          line.push(oid);
          oid = commit.value.parents[0] ?? null;
        }
        return ok(line.reverse());
      },
      async *commits(oids, { files }) {
        for (const oid of oids) {
          const read = await commitWith(reader, oid, files);
          yield read;
          if (!read.ok) return;
        }
      },
      listRefs: async (prefix) => ok(new Map([...refs].filter(([ref]) => ref.startsWith(prefix)).sort())),
    },
  };
}

async function commitWith(
  objects: AuditSource['objects'],
  oid: string,
  names: readonly string[],
): Promise<
  Result<{ readonly commit: Commit; readonly files: ReadonlyMap<string, Uint8Array> }, RepositoryProblem>
> {
  const commit = await objects.commit(oid);
  if (!commit.ok) return commit;
  const tree = await objects.tree(commit.value.tree);
  if (!tree.ok) return tree;
  const files = new Map<string, Uint8Array>();
  for (const entry of tree.value.filter(({ name }) => names.includes(name))) {
    const blob = await objects.blob(entry.oid, 0);
    if (!blob.ok) return blob;
    files.set(entry.name, blob.value);
  }
  return ok({ commit: commit.value, files });
}

function nameOf(type: string, content: Uint8Array): string {
  return createHash('sha1')
    .update(`${type} ${String(content.length)}\0`)
    .update(content)
    .digest('hex');
}
