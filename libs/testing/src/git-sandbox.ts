// SPDX-License-Identifier: Apache-2.0
import { runOk } from './run.ts';

/** Keeps the machine's and the user's Git settings out of a test; author, committer and time are fixed. */
export const gitEnv: Readonly<Record<string, string>> = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.org',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.org',
  GIT_TERMINAL_PROMPT: '0',
};

/** The real `git` in `cwd`, without anyone's settings; its standard output. */
export function git(cwd: string, ...args: readonly string[]): Promise<string> {
  return runOk('git', args, { cwd, env: gitEnv });
}
