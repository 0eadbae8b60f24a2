// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { err, ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';

/**
 * Absolute path of a program. A plain name is looked for on the search path; a relative path starts in the image, or in `work`
 * where there is none. Refused as `program-not-found` before anything is started: a missing file, one that may not be executed,
 * and a script whose interpreter is missing.
 */
export async function locateProgram(
  program: string,
  base: string,
  searchPath: readonly string[],
): Promise<Result<string, StepFailure>> {
  const candidates = isAbsolute(program)
    ? [program]
    : program.includes('/')
      ? [join(base, program)]
      : searchPath.map((folder) => join(folder, program));
  for (const candidate of candidates) {
    // The tool that sets the environment would take it for one more variable.
    if (candidate.includes('=')) continue;
    if (!(await isExecutable(candidate))) continue;
    const interpreter = await interpreterOf(candidate);
    if (interpreter === null || (await isExecutable(interpreter))) return ok(candidate);
    return notFound(`'${candidate}' asks for the interpreter '${interpreter}', which cannot be executed`);
  }
  return notFound(`'${program}' does not exist or cannot be executed${program.includes('/') ? '' : ' from the search path'}`);
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The interpreter that a script names in its first line (execve(2)); null for anything else. */
async function interpreterOf(path: string): Promise<string | null> {
  const file = await open(path, 'r').catch(() => null);
  // May be executed but not read: then the kernel knows better.
  if (file === null) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const [line = ''] = buffer.toString('latin1', 0, bytesRead).split('\n');
    return /^#![ \t]*(\S+)/.exec(line)?.[1] ?? null;
  } finally {
    await file.close();
  }
}

function notFound(message: string): Result<never, StepFailure> {
  return err({ code: 'program-not-found', message });
}
