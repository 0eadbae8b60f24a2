// SPDX-License-Identifier: Apache-2.0
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import { copyTree } from './copy-tree.ts';
import type { Layout } from './layout.ts';
import { locateProgram } from './program-lookup.ts';
import { runTool } from './run-tool.ts';

/**
 * Root folder of a unit that is shut in one; null: it is not. An image becomes one as a copy that the version has for itself: what the
 * job writes must not reach others that use the same image.
 */
export function rootFolder(unit: JobUnit, version: string): string | null {
  switch (unit.chroot.kind) {
    case 'none':
      return null;
    case 'image':
      return join(version, 'root');
    case 'path':
      return unit.chroot.path;
  }
}

/** Refused as `unsupported-feature` where this device cannot shut the unit in. `search`: where tools are looked for. */
export async function checkRoot(
  unit: JobUnit,
  search: readonly string[],
): Promise<Result<void, StepFailure>> {
  const { chroot } = unit;
  if (chroot.kind === 'none') return ok();
  const tool = await locateProgram('chroot', '/', search);
  if (!tool.ok) return unsupported("'chroot' is not on this device");
  // Tried out: it takes a right of the kernel, and the options of the tool of coreutils.
  const tried = await runTool(tool.value, ['--userspec=0:0', '--groups=', '/', '/bin/sh', '-c', ':']);
  if (!tried.ok) return unsupported(`the agent cannot change the root folder of a job: ${tried.error}`);
  if (chroot.kind === 'image') {
    return onlyImage(unit) === null
      ? unsupported(`'${unit.name}' has no single image that could be its root folder`)
      : ok();
  }
  const found = await stat(chroot.path).catch(() => null);
  return found?.isDirectory() === true ? ok() : unsupported(`this device has no folder '${chroot.path}'`);
}

/** Makes the root folder of a version to be, where it has one of its own. */
export async function stageRoot(
  unit: JobUnit,
  version: string,
  layout: Layout,
): Promise<Result<void, StepFailure>> {
  const root = rootFolder(unit, version);
  const image = onlyImage(unit);
  if (unit.chroot.kind !== 'image' || root === null || image === null) return ok();
  await copyTree(layout.image(image), root);
  await mkdir(join(root, 'dev'), { recursive: true, mode: 0o755 });
  for (const [name, minor] of devices) {
    const path = join(root, 'dev', name);
    const made = await runTool('mknod', ['-m', '666', path, 'c', '1', minor]);
    if (!made.ok && (await stat(path).catch(() => null)) === null)
      return unsupported(`'${name}' cannot be made in the root folder of a job: ${made.error}`);
  }
  return ok();
}

/** What few programs do without; minor numbers of memory devices (the kernel's admin-guide/devices.txt). */
const devices = [
  ['null', '3'],
  ['zero', '5'],
  ['full', '7'],
  ['random', '8'],
  ['urandom', '9'],
] as const;

function onlyImage(unit: JobUnit) {
  const images = unit.members.map(({ image }) => image);
  const [first] = images;
  return first !== undefined && first !== null && images.every((image) => image?.digest === first.digest)
    ? first
    : null;
}

function unsupported(message: string): Result<never, StepFailure> {
  return err({ code: 'unsupported-feature', message });
}
