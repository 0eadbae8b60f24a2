// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { lineFields } from './fields.ts';
import { programEnvironment, programs, type Environment, type ProgramName } from './programs.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A program that runs until it is told to end. */
export interface ProgramProcess {
  readonly pid: number;
  /** The line that it prints when it is ready; rejects if it ends before. */
  readonly ready: Promise<Fields>;
  /** Settles when it has ended: its exit code, or null after a signal. */
  readonly ended: Promise<number | null>;
  /** Its log from now on. Returns the way to stop listening. */
  onLog(listener: (entry: Fields) => void): () => void;
  /** Sends a signal and waits for the end; nothing happens to one that has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface StartOptions {
  /** Its working folder: by that, all processes of a run are found again. */
  readonly cwd: string;
  /** File that its log is written to. */
  readonly log: string;
  readonly env?: Environment;
  /** Another build of the program than the one made here. */
  readonly file?: string;
  /** A command that starts the program as its last arguments, and becomes it: `nsenter --net=…`. */
  readonly within?: readonly string[];
}

const keptLines = 20;

/** Starts a program as an operating-system process on this process's Node. */
export function startProgram(
  name: ProgramName,
  args: readonly string[],
  options: StartOptions,
): ProgramProcess {
  const { file = programs[name], within = [] } = options;
  const [command = process.execPath, ...words] = [...within, process.execPath, file, ...args];
  const child = spawn(command, words, {
    cwd: options.cwd,
    env: programEnvironment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in the terminal reaches this process alone, which then ends the others in order.
    detached: true,
  });
  const lastLines: string[] = [];
  const listeners = new Set<(entry: Fields) => void>();
  child.stderr.pipe(createWriteStream(options.log, { flags: 'a', mode: 0o600 }).on('error', () => undefined));
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > keptLines) lastLines.shift();
    const entry = lineFields(line);
    if (entry !== undefined) for (const listener of listeners) listener(entry);
  });
  const ended = new Promise<number | null>((settle) => {
    child.once('close', (code) => {
      settle(code);
    });
    child.once('error', (error) => {
      lastLines.push(String(error));
      settle(null);
    });
  });
  const ready = new Promise<Fields>((settle, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = lineFields(line);
      if (event?.['event'] === 'ready') settle(event);
    });
    void ended.then((code) => {
      const message = `${name} ended with ${String(code)} before it was ready:\n${lastLines.join('\n')}`;
      fail(new FairleadError({ code: 'internal', message }));
    });
  });
  // Whoever does not wait for it learns of the end from `ended`.
  ready.catch(() => undefined);
  return {
    pid: child.pid ?? -1,
    ready,
    ended,
    onLog(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}
