// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { isatty } from 'node:tty';
import type { Terminal } from './context.ts';
import { exitCode } from './exit-code.ts';
import { runCommandLine } from './program.ts';
import type { ProgramSpec } from './program-spec.ts';

/**
 * The whole life of a program's process: command line, signals, exit status. The first SIGINT or SIGTERM asks it to stop, a second
 * one ends it at once. Call it last; it ends the process.
 */
export async function runProgram(spec: ProgramSpec): Promise<never> {
  const stop = new AbortController();
  const received = new Set<NodeJS.Signals>();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      received.add(name);
      stop.abort(new FairleadError({ code: 'cancelled', message: `stopped by ${name}` }));
    });
  }
  // Whoever read our output went away (`| head`): nobody is left to answer.
  process.stdout.on('error', () => process.exit(exitCode.done));
  const status = await runCommandLine(
    spec,
    process.argv.slice(2),
    processTerminal(),
    stop.signal,
    (listener) => {
      process.on('SIGHUP', listener);
    },
  );
  // Whoever stopped us waits for no reader.
  if (received.size === 0) await Promise.all([written(process.stdout), written(process.stderr)]);
  return process.exit(received.has('SIGINT') ? exitCode.interrupted : status);
}

/** Once a pipe has taken everything: what it has not would be lost with the process. */
function written(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}

/** Streams and environment of this process. */
function processTerminal(): Terminal {
  return {
    env: process.env,
    // Not `stdout.isTTY`: where there is no terminal it is undefined, whatever its type says.
    isTerminal: { stdout: isatty(process.stdout.fd), stderr: isatty(process.stderr.fd) },
    out: (text) => {
      process.stdout.write(text);
    },
    err: (text) => {
      process.stderr.write(text);
    },
  };
}
