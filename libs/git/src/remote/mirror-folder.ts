// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Disk } from '../disk.ts';
import { ensureFolder, removeIfThere, writeNewFile } from '../durable-file.ts';
import { statsOf, textOf } from '../optional-file.ts';
import { isDiskError, unwritable, type RepositoryProblem } from '../problem.ts';
import { openRepository, type OpenOptions, type Repository } from '../repository.ts';

/** Where the mirror of an address lies in the data folder. */
export function mirrorPath(data: string, url: string): string {
  return join(data, 'mirrors', createHash('sha256').update(url).digest('hex'));
}

/** Nothing of the remote stands in here: neither its address nor who we are to it. */
const config = '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n';

/** Holds a name that no other mirror ever had: the numbers of files are given away again when a folder was deleted. */
const nameFile = 'fairlead-mirror';

export interface MirrorFolder {
  /** A repository of its own. */
  readonly local: Repository;
  /** Whether it was removed, or another put in its place. */
  readonly isGone: () => Promise<boolean>;
}

/** Opens the mirror at `path`; makes it where it is missing, and anew where its references lead nowhere: it is a cache. */
export async function openMirrorFolder(
  path: string,
  disk: Disk,
  options: OpenOptions,
): Promise<Result<MirrorFolder, RepositoryProblem>> {
  const open = async (): Promise<Result<MirrorFolder, RepositoryProblem>> => {
    await make(path, disk);
    const opened = await openRepository(path, { ...options, disk });
    if (!opened.ok) return opened;
    const name = await textOf(join(path, nameFile));
    const local = { ...opened.value, identity: `${opened.value.identity}:${String(name)}` };
    return ok({ local, isGone: async () => (await textOf(join(path, nameFile))) !== name });
  };
  try {
    const opened = await open();
    if (opened.ok && (await isWhole(opened.value.local))) return opened;
    await rm(path, { recursive: true, force: true });
    return await open();
  } catch (thrown) {
    if (!isDiskError(thrown)) throw thrown;
    return err(unwritable(path, thrown));
  }
}

async function make(path: string, disk: Disk): Promise<void> {
  // What it mirrors may be secret.
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads'])
    await ensureFolder(disk, join(path, folder));
  const files = { config, HEAD: 'ref: refs/heads/main\n', [nameFile]: randomBytes(16).toString('hex') };
  for (const [name, text] of Object.entries(files)) {
    const file = join(path, name);
    if ((await statsOf(file)) !== undefined) continue;
    // Under its own name only once it is whole.
    await removeIfThere(disk, `${file}.draft`);
    await writeNewFile(disk, `${file}.draft`, Buffer.from(text, 'utf8'));
    await disk.rename(`${file}.draft`, file);
  }
  await disk.syncFolder(path);
}

async function isWhole(mirror: Repository): Promise<boolean> {
  const refs = await mirror.listRefs('refs/');
  if (!refs.ok) return false;
  for (const oid of refs.value.values()) if (!(await mirror.objects.commit(oid)).ok) return false;
  return true;
}
