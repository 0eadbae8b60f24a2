// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** The same answers whatever the user's environment says: no replacements, no writes, no questions. */
const environment = {
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
};

/** The installed `git`, reading in one repository. It may be missing, or refuse: whoever asks has another way. */
export interface GitChild {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  /** Its exit code; null: it could not be started, or was ended. */
  readonly closed: Promise<number | null>;
}

export function startGit(
  commonDir: string,
  args: readonly string[],
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): GitChild {
  const child = spawn('git', ['--git-dir', commonDir, ...args], {
    env: { ...env, ...environment },
    stdio: ['pipe', 'pipe', 'ignore'],
    signal,
  });
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
    child.once('error', () => {
      resolve(null);
    });
  });
  // The child may end before it has read everything; what it did not answer is simply left out.
  child.stdin.on('error', () => undefined);
  return { child, closed };
}
