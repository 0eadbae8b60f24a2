// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.ts';

export interface RunningProgram {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Lines of standard output so far. */
  stdout(): readonly string[];
  stderr(): string;
  /** Waits for the JSON line `{"event":"ready",…}`. */
  ready(): Promise<Readonly<Record<string, unknown>>>;
  /** Sends a signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<ProgramEnd>;
  readonly ended: Promise<ProgramEnd>;
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program as a process of its own and sees to it that it is gone when the test ends. */
export function startProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): RunningProgram {
  const child = spawn(program, [...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal });
    });
    child.once('error', (error) => {
      errors += String(error);
      resolve({ code: null, signal: null });
    });
  });
  const lines = (): readonly string[] => out.split('\n').filter((line) => line !== '');
  const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<ProgramEnd> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  onTestFinished(() => end('SIGKILL').then(() => undefined));
  return {
    process: child,
    pid: child.pid ?? -1,
    stdout: lines,
    stderr: () => errors,
    ready: () =>
      waitFor(
        () => {
          const line = lines().find((text) => text.includes('"event":"ready"'));
          if (line !== undefined) return JSON.parse(line) as Readonly<Record<string, unknown>>;
          if (child.exitCode !== null)
            throw new Error(`${program} ended with ${String(child.exitCode)} before it was ready: ${errors}`);
          return undefined;
        },
        { what: `${program} ${args.join(' ')} being ready` },
      ),
    end,
    ended,
  };
}
