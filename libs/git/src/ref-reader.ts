// SPDX-License-Identifier: Apache-2.0
import { err, ok, sortedBy, type Result } from '@fairlead/base';
import { join } from 'node:path';
import { isOid } from './oid.ts';
import { namesIn, statsOf, textOf } from './optional-file.ts';
import { packedRefs } from './packed-refs.ts';
import { problem, unreadable, type RepositoryProblem } from './problem.ts';

/** What a reference means now: the loose file first, then packed-refs. Null: there is no such reference. */
export async function readRef(
  commonDir: string,
  ref: string,
): Promise<Result<string | null, RepositoryProblem>> {
  try {
    // Packing writes packed-refs before it removes the loose file; a reader between the two looks must look at the loose one again.
    const loose =
      (await looseRef(commonDir, ref)) ??
      (await packedRef(commonDir, ref)) ??
      (await looseRef(commonDir, ref));
    if (loose === undefined) return ok(null);
    if (isOid(loose)) return ok(loose);
    return err(problem('repository-unreadable', `${ref} holds no object name`));
  } catch (thrown) {
    return err(unreadable(ref, thrown));
  }
}

/** Every reference below `prefix` (which ends with '/'), by full name in byte order. */
export async function listRefs(
  commonDir: string,
  prefix: string,
): Promise<Result<ReadonlyMap<string, string>, RepositoryProblem>> {
  try {
    const found = new Map<string, string>();
    const packed = packedRefs((await textOf(join(commonDir, 'packed-refs'))) ?? '');
    for (const [ref, oid] of packed) if (ref.startsWith(prefix)) found.set(ref, oid);
    for (const ref of await looseNames(commonDir, prefix.replace(/\/$/, ''))) {
      const oid = await looseRef(commonDir, ref);
      if (oid !== undefined && isOid(oid)) found.set(ref, oid);
    }
    return ok(new Map(sortedBy(found, ([ref]) => ref)));
  } catch (thrown) {
    return err(unreadable(prefix, thrown));
  }
}

async function looseRef(commonDir: string, ref: string): Promise<string | undefined> {
  const text = await textOf(join(commonDir, ref));
  return text?.replace(/\s+$/, '');
}

async function packedRef(commonDir: string, ref: string): Promise<string | undefined> {
  return packedRefs((await textOf(join(commonDir, 'packed-refs'))) ?? '').get(ref);
}

async function looseNames(commonDir: string, folder: string): Promise<readonly string[]> {
  const names = await namesIn(join(commonDir, folder));
  const found: string[] = [];
  for (const name of names) {
    if (name.startsWith('.') || name.endsWith('.lock')) continue;
    const ref = `${folder}/${name}`;
    if ((await statsOf(join(commonDir, ref)))?.isDirectory() === true)
      found.push(...(await looseNames(commonDir, ref)));
    else found.push(ref);
  }
  return found;
}
