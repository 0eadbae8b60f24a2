// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';

/** What a program's exit status says. */
export const exitCode = {
  done: 0,
  /** The answer is no: errors in the input, refused, failed. */
  no: 1,
  misuse: 2,
  /** The question could not be asked: no server, repository, key or permission. */
  unavailable: 3,
  /** After Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

const unavailable: ReadonlySet<Code> = new Set<Code>([
  'address-in-use',
  'branch-missing',
  'keys-missing',
  'keys-too-open',
  'log-missing',
  'log-unwritable',
  'no-agent',
  'no-server',
  'not-permitted',
  'object-corrupt',
  'repository-empty',
  'repository-missing',
  'repository-unreadable',
  'repository-unsupported',
  'shallow-clone',
  'starting',
  'state-in-use',
  'storage-failed',
  'timed-out',
]);

/** The exit status of a program that ends with this code. */
export function exitCodeOf(code: Code): ExitCode {
  if (code === 'misuse' || code === 'unknown-code') return exitCode.misuse;
  return unavailable.has(code) ? exitCode.unavailable : exitCode.no;
}
