// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { access, open, readdir, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { err, ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import { resolveInside } from './resolve-inside.ts';

/**
 * Absolute path of a program, within the folder `root` if it is another one than `/`. A plain name is looked for on the search path; a relative path starts in the image, or in `work`
 * where there is none. Refused as `program-not-found` before anything is started: a missing file, one that may not be executed, a
 * script whose interpreter is missing, and a program for another kind of processor.
 */
export async function locateProgram(
  program: string,
  base: string,
  searchPath: readonly string[],
  root = '/',
): Promise<Result<string, StepFailure>> {
  const candidates = isAbsolute(program)
    ? [program]
    : program.includes('/')
      ? [join(base, program)]
      : searchPath.map((folder) => join(folder, program));
  for (const candidate of candidates) {
    // The tool that sets the environment would take it for one more variable.
    if (candidate.includes('=')) continue;
    if (!(await isExecutable(candidate, root))) continue;
    const problem = await formatProblem(candidate, root);
    return problem === null ? ok(candidate) : notFound(`'${candidate}' ${problem}`);
  }
  return notFound(
    `'${program}' does not exist or cannot be executed${program.includes('/') ? '' : ' from the search path'}`,
  );
}

/** Where a path within `root` really is. */
async function placeOf(path: string, root: string): Promise<string> {
  return root === '/' ? path : ((await resolveInside(root, path)) ?? join(root, path));
}

async function isExecutable(path: string, root: string): Promise<boolean> {
  const place = await placeOf(path, root);
  try {
    await access(place, constants.X_OK);
    return (await stat(place)).isFile();
  } catch {
    return false;
  }
}

/** Why the kernel would not execute a file, as far as its first bytes tell (execve(2), elf(5)); null: nothing speaks against it. */
async function formatProblem(path: string, root: string): Promise<string | null> {
  const head = await firstBytes(await placeOf(path, root));
  // May be executed but not read: then the kernel knows better.
  if (head === null) return null;
  const interpreter = /^#![ \t]*(\S+)/.exec(head.toString('latin1').split('\n')[0] ?? '')?.[1];
  if (interpreter !== undefined && !(await isExecutable(interpreter, root))) {
    return `asks for the interpreter '${interpreter}', which cannot be executed`;
  }
  const own = await firstBytes('/proc/self/exe');
  const [machine, ours] = [machineOf(head), own === null ? null : machineOf(own)];
  if (machine === null || ours === null || machine === ours || narrower.get(ours) === machine) return null;
  // A foreign program may have an emulator (binfmt_misc); what cannot be known is left to the kernel.
  return (await hasEmulators()) ? null : 'is for another kind of processor';
}

/** 32-bit machines whose programs a 64-bit one runs: x86-64 those of i386, AArch64 those of ARM. */
const narrower: ReadonlyMap<number, number> = new Map([
  [62, 3],
  [183, 40],
]);

/** e_machine of an ELF file; null: it is none. */
function machineOf(head: Buffer): number | null {
  if (head.length < 20 || head.toString('latin1', 0, 4) !== '\u007fELF') return null;
  return head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
}

async function hasEmulators(): Promise<boolean> {
  const entries = await readdir('/proc/sys/fs/binfmt_misc').catch(() => []);
  return entries.some((name) => name !== 'register' && name !== 'status');
}

async function firstBytes(path: string): Promise<Buffer | null> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function notFound(message: string): Result<never, StepFailure> {
  return err({ code: 'program-not-found', message });
}
