// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs a program to its end and tells its exit code; never throws for a non-zero one. A signal counts as 128. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...args],
      { cwd: options.cwd, env: { ...process.env, ...options.env }, maxBuffer: 256 * 2 ** 20 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code === 'string') {
          reject(new Error(`${program} could not be started`, { cause: error }));
          return;
        }
        resolve({
          code: error === null ? 0 : typeof error.code === 'number' ? error.code : 128,
          stdout,
          stderr,
        });
      },
    );
    if (options.input !== undefined) child.stdin?.end(options.input);
  });
}

/** Runs a program that must succeed; its standard output. */
export async function runOk(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const ran = await run(program, args, options);
  if (ran.code !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${String(ran.code)}: ${ran.stderr}`);
  return ran.stdout;
}
