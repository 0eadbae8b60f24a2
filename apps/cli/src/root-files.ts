// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { replaceFile } from '@fairlead/program';
import { judgeSuccessor, limits, readTrustedRoot, type TrustedRoot } from '@fairlead/trust/verify';
import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A root as it lies in a work tree. */
export interface RootFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly root: TrustedRoot;
}

/** Where root `version` lies in the work tree of a fleet. */
export function rootPath(repo: string, version: number): string {
  return join(repo, 'trust', 'root', `${String(version)}.json`);
}

/**
 * The roots of a work tree from version 1 on, the last one as far as it is signed by now. Refused where one before it is no proper
 * successor: nothing can be built on that.
 */
export async function readRootFiles(repo: string): Promise<readonly [RootFile, ...RootFile[]]> {
  await requireWorkTree(repo);
  const count = await countRoots(repo);
  const [first, ...rest] = await Promise.all(
    Array.from({ length: count }, (_, index) => readRootFile(rootPath(repo, index + 1))),
  );
  if (first === undefined) {
    const hint = 'Make the keys of a new fleet with: fairlead keys init --dir <keys> --repo <path>';
    throw new FairleadError({ code: 'root-missing', message: `there is no ${rootPath(repo, 1)}`, hint });
  }
  const roots: readonly [RootFile, ...RootFile[]] = [first, ...rest];
  for (const [index, next] of rest.slice(0, -1).entries()) {
    const judged = judgeSuccessor(roots[index]?.bytes ?? first.bytes, next.bytes);
    if (!judged.ok)
      throw new FairleadError({ code: 'root-invalid', message: `${next.path}: ${judged.error.message}` });
  }
  return roots;
}

export async function readRootFile(path: string): Promise<RootFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new FairleadError({ code: 'root-missing', message: `cannot read ${path}`, cause });
  });
  const root = readTrustedRoot(bytes);
  if (!root.ok) throw new FairleadError({ code: 'root-invalid', message: `${path}: ${root.error.message}` });
  return { path, bytes, root: root.value };
}

/** What keeps devices from taking `next` after `root`; undefined: nothing does. */
export function lackOf(root: RootFile, next: Uint8Array): string | undefined {
  const judged = judgeSuccessor(root.bytes, next);
  return judged.ok ? undefined : judged.error.message;
}

/** Writes a root whole or not at all. */
export async function writeRootFile(path: string, bytes: Uint8Array): Promise<void> {
  if (bytes.length > limits.root)
    throw new FairleadError({ code: 'misuse', message: `a root is larger than ${limits.root} bytes` });
  try {
    await replaceFile(path, bytes, 0o644);
  } catch (thrown) {
    throw FairleadError.from(thrown, 'storage-failed');
  }
}

/** A bare repository has no files that could be changed and committed. */
export async function requireWorkTree(repo: string): Promise<void> {
  try {
    await access(join(repo, '.git'));
  } catch (cause) {
    throw new FairleadError({
      code: 'repository-missing',
      message: `${repo} is no work tree of a Git repository`,
      hint: 'Name a clone, not a bare repository.',
      cause,
    });
  }
}

async function countRoots(repo: string): Promise<number> {
  const folder = dirname(rootPath(repo, 1));
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw FairleadError.from(thrown, 'storage-failed');
  });
  const known = new Set(names);
  let count = 0;
  while (known.has(`${String(count + 1)}.json`)) count += 1;
  return count;
}
