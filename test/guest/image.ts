// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '@fairlead/base';
import { run, runOk, workspaceRoot } from '@fairlead/testing';
import { cpioArchive, type CpioFile } from './cpio.ts';

/** What a guest starts from. */
export interface GuestImage {
  readonly kernel: string;
  /** Archive with the first process, busybox in /bin, and the Node that runs this, with its libraries. */
  readonly base: string;
}

/** Its newest kernel is taken; the package itself is empty. */
const kernelPackage = 'linux-image-cloud-amd64';

/**
 * The image, made once and kept in the clone's `tmp` for as long as nothing changes that it is made of. Debian's packages are
 * downloaded and unpacked; nothing is installed. Fails with the reason why there can be none on this machine.
 */
export async function guestImage(): Promise<Result<GuestImage, string>> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return err('it takes Linux on an x86-64 processor');
  for (const program of ['qemu-system-x86_64', 'apt-get', 'dpkg-deb'])
    if (!(await isThere(program))) return err(`it takes ${program}`);
  const folder = join(workspaceRoot, 'tmp/guest', await digestOfInputs());
  const image: GuestImage = { kernel: join(folder, 'kernel'), base: join(folder, 'base.cpio') };
  if (existsSync(folder)) return ok(image);
  await mkdir(join(folder, '..'), { recursive: true });
  const fresh = await mkdtemp(`${folder}.`);
  try {
    await build(fresh);
    // Another run may have been faster.
    await rename(fresh, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    return ok(image);
  } catch (error) {
    return err(`Debian's packages are not to be had: ${String(error)}`);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function isThere(program: string): Promise<boolean> {
  return run(program, ['--version']).then(
    () => true,
    () => false,
  );
}

async function digestOfInputs(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const name of ['image.ts', 'cpio.ts', 'init'])
    hash.update(await readFile(join(import.meta.dirname, name)));
  return hash.digest('hex').slice(0, 16);
}

/** Leaves `kernel` and `base.cpio` in a folder. */
async function build(folder: string): Promise<void> {
  const packages = join(folder, 'packages');
  await mkdir(packages);
  const depends = await runOk('apt-cache', ['depends', kernelPackage]);
  const kernel = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (kernel === undefined) throw new Error(`apt knows no kernel of ${kernelPackage}`);
  await runOk('apt-get', ['download', '-qq', kernel, 'busybox-static'], { cwd: packages });
  for (const file of await readdir(packages)) await runOk('dpkg-deb', ['-x', join(packages, file), packages]);
  await rename(join(packages, 'boot', kernel.replace('linux-image-', 'vmlinuz-')), join(folder, 'kernel'));
  const files = new Map<string, CpioFile>();
  const add = async (path: string, from: string): Promise<void> => {
    files.set(path, { contents: await readFile(from), executable: true });
  };
  await add('/init', join(import.meta.dirname, 'init'));
  await add('/bin/busybox', join(packages, 'bin/busybox'));
  await add('/bin/node', await realpath(process.execPath));
  for (const library of await librariesOf(process.execPath)) await add(library, library);
  await writeFile(join(folder, 'base.cpio'), cpioArchive(files));
  await rm(packages, { recursive: true });
}

/** Absolute paths, the dynamic linker among them. */
async function librariesOf(program: string): Promise<readonly string[]> {
  return [...(await runOk('ldd', [program])).matchAll(/\/\S+(?= \(0x)/g)].map(([path]) => path);
}
