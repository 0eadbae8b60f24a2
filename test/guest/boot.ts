// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@fairlead/testing';
import { cpioArchive, type CpioFile } from './cpio.ts';
import type { GuestImage } from './image.ts';

/** How a command ended in a guest. */
export interface GuestRun {
  /** Null: the guest came to no end of the command; `console` tells why. */
  readonly status: number | null;
  readonly stdout: string;
  /** What the kernel, the first process and standard error of the command said. */
  readonly console: string;
}

/** Emulated, since a machine that is a guest itself has rarely anything better. One processor. */
const machine = ['-accel', 'tcg', '-M', 'pc', '-cpu', 'max', '-smp', '1', '-m', '1024', '-no-reboot'];
const devices = ['-nodefaults', '-display', 'none'];
const kernelArguments = 'console=ttyS0 quiet panic=-1';
/** Seconds until a guest is given up; a bound against hanging. */
const deadline = '240';

/**
 * Boots a machine with its own kernel and runs a command in it, as root and with nothing but busybox, Node and these files, which
 * are named by absolute path. No disk and no network; what is written there is gone with it.
 */
export async function runInGuest(
  image: GuestImage,
  command: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<GuestRun> {
  const dir = await mkdtemp(join(tmpdir(), 'fairlead-guest-'));
  try {
    return await boot(image, command, files, dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function boot(
  image: GuestImage,
  command: string,
  files: ReadonlyMap<string, Uint8Array>,
  dir: string,
): Promise<GuestRun> {
  const initrd = join(dir, 'initrd');
  const own = new Map<string, CpioFile>(
    [...files].map(([path, contents]) => [path, { contents, executable: false }]),
  );
  own.set('/command', { contents: Buffer.from(`#!/bin/sh\n${command}\n`), executable: true });
  await writeFile(initrd, Buffer.concat([await readFile(image.base), cpioArchive(own)]));
  const lines = ['console', 'stdout', 'status'].map((name) => join(dir, name));
  const qemu = await run('timeout', [
    ...[deadline, 'qemu-system-x86_64', ...machine, ...devices],
    ...lines.flatMap((path) => ['-serial', `file:${path}`]),
    ...['-kernel', image.kernel, '-initrd', initrd, '-append', kernelArguments],
  ]);
  const [console = '', stdout = '', status = ''] = await Promise.all(
    lines.map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  return { status: status === '' ? null : Number(status), stdout, console: `${console}${qemu.stderr}` };
}
