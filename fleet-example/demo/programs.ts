// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isCode } from '@fairlead/base';
import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fieldsOf } from './fields.ts';

const apps = resolve(import.meta.dirname, '../../apps');

/** The three programs, as built: one file each. */
export const programs = {
  server: resolve(apps, 'server/bundle/fairlead-server.cjs'),
  agent: resolve(apps, 'agent/bundle/fairlead-agent.cjs'),
  cli: resolve(apps, 'cli/bundle/fairlead.cjs'),
} as const;

export type ProgramName = keyof typeof programs;
export type Environment = Readonly<Record<string, string>>;

/** This process's environment with its own Node first on the path, so that jobs written for `node` find the same one. */
export function programEnvironment(more: Environment = {}): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, ...more };
}

export interface ProgramAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program that ends by itself, to its end or that of `signal`. An end by a signal counts as 128. */
export function runProgram(
  name: ProgramName,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<ProgramAnswer> {
  const options = {
    env: programEnvironment(),
    maxBuffer: 64 * 2 ** 20,
    ...(signal === undefined ? {} : { signal }),
  };
  return new Promise((settle) => {
    execFile(process.execPath, [programs[name], ...args], options, (error, stdout, stderr) => {
      settle({
        code: error === null ? 0 : typeof error.code === 'number' ? error.code : 128,
        stdout,
        stderr,
      });
    });
  });
}

/** What a program answers as JSON. Its failure is thrown, with the code that it gave. */
export async function askProgram(
  name: ProgramName,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<unknown> {
  const { code, stdout, stderr } = await runProgram(name, [...args, '--output', 'json'], signal);
  const answer = parsed(stdout);
  if (code === 0) return answer;
  const { code: told, message } = fieldsOf(fieldsOf(answer)['error']);
  throw new FairleadError({
    code: typeof told === 'string' && isCode(told) ? told : 'internal',
    message: `${name} ${args.slice(0, 3).join(' ')} ended with ${code}: ${typeof message === 'string' ? message : stderr}`,
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
