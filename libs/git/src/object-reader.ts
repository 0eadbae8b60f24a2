// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { readObject } from 'isomorphic-git';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { parseCommit, type Commit } from './commit-object.ts';
import type { ObjectType } from './object-writer.ts';
import { bytesOf, statsOf } from './optional-file.ts';
import { corrupt, problem, type RepositoryProblem } from './problem.ts';
import { readOnlyFs } from './read-only-fs.ts';
import { parseTree, type TreeEntry } from './tree-object.ts';

export interface ObjectReader {
  commit(oid: string): Promise<Result<Commit, RepositoryProblem>>;
  tree(oid: string): Promise<Result<readonly TreeEntry[], RepositoryProblem>>;
  /** Refuses with `file-too-large` what is over `maxBytes`. */
  blob(oid: string, maxBytes: number): Promise<Result<Uint8Array, RepositoryProblem>>;
  /** The content as it is stored, for a copy under the same name. */
  bytes(type: ObjectType, oid: string): Promise<Result<Uint8Array, RepositoryProblem>>;
}

interface RawObject {
  readonly type: string;
  readonly content: Uint8Array;
}

/** Commits and trees have no limit of ours; this one keeps a forged header from filling the memory. In bytes. */
const structureLimit = 256 * 2 ** 20;

/**
 * Reads loose objects itself (bounded, checked against their name), packed ones by isomorphic-git with one cache that is dropped when
 * the packs change or a read failed: no failure is remembered, so a repaired repository reads again.
 */
export function createObjectReader(commonDir: string): ObjectReader {
  let cache = {};
  let packs = '';

  async function read(oid: string, maxBytes: number): Promise<Result<RawObject, RepositoryProblem>> {
    const loose = await readLoose(commonDir, oid, maxBytes);
    if (loose !== undefined) return loose;
    const packed = await readPacked(oid);
    if (packed.ok) return packed.value.content.length > maxBytes ? err(tooLarge(oid, maxBytes)) : packed;
    // A repack may have moved the object between the two looks.
    cache = {};
    return (await readLoose(commonDir, oid, maxBytes)) ?? (await readPacked(oid));
  }

  async function readPacked(oid: string): Promise<Result<RawObject, RepositoryProblem>> {
    const folder = await statsOf(join(commonDir, 'objects/pack'));
    const now = folder === undefined ? '' : [folder.ino, folder.mtimeMs].join(':');
    if (now !== packs) {
      packs = now;
      cache = {};
    }
    try {
      // The typed readers parse what they read; signatures and our own parsers need the bytes.
      // eslint-disable-next-line @typescript-eslint/no-deprecated
      const found = await readObject({ fs: readOnlyFs, gitdir: commonDir, oid, format: 'content', cache });
      return ok({ type: found.type, content: found.object as Uint8Array });
    } catch (thrown) {
      return err(corrupt(oid, thrown instanceof Error ? thrown.message : String(thrown)));
    }
  }

  async function typed(
    oid: string,
    type: string,
    maxBytes: number,
  ): Promise<Result<Uint8Array, RepositoryProblem>> {
    const raw = await read(oid, maxBytes);
    if (!raw.ok) return raw;
    return raw.value.type === type
      ? ok(raw.value.content)
      : err(corrupt(oid, `it is a ${raw.value.type}, not a ${type}`));
  }

  return {
    async commit(oid) {
      const bytes = await typed(oid, 'commit', structureLimit);
      if (!bytes.ok) return bytes;
      const commit = parseCommit(oid, bytes.value);
      return commit === undefined ? err(corrupt(oid, 'it has not the form of a commit')) : ok(commit);
    },
    async tree(oid) {
      const bytes = await typed(oid, 'tree', structureLimit);
      if (!bytes.ok) return bytes;
      const entries = parseTree(bytes.value);
      return entries === undefined ? err(corrupt(oid, 'it has not the form of a tree')) : ok(entries);
    },
    blob: (oid, maxBytes) => typed(oid, 'blob', maxBytes),
    bytes: (type, oid) => typed(oid, type, structureLimit),
  };
}

/** Room for the header of a loose object: type, blank, size, zero byte. */
const headerRoom = 32;

async function readLoose(
  commonDir: string,
  oid: string,
  maxBytes: number,
): Promise<Result<RawObject, RepositoryProblem> | undefined> {
  try {
    const stored = await bytesOf(join(commonDir, 'objects', oid.slice(0, 2), oid.slice(2)));
    if (stored === undefined) return undefined;
    const whole = inflateSync(stored, { maxOutputLength: maxBytes + headerRoom });
    const name = createHash('sha1').update(whole).digest('hex');
    if (name !== oid) return err(corrupt(oid, `its content is that of ${name}`));
    const end = whole.indexOf(0);
    const content = whole.subarray(end + 1);
    if (content.length > maxBytes) return err(tooLarge(oid, maxBytes));
    return ok({ type: whole.toString('latin1', 0, whole.indexOf(0x20)), content });
  } catch (thrown) {
    if (thrown instanceof RangeError) return err(tooLarge(oid, maxBytes));
    return err(corrupt(oid, thrown instanceof Error ? thrown.message : String(thrown)));
  }
}

function tooLarge(oid: string, maxBytes: number): RepositoryProblem {
  return problem('file-too-large', `object ${oid} is over ${String(maxBytes)} bytes`);
}
