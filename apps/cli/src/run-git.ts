// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Runs the installed `git` in a work tree: where a person's own name, signing key, hooks and access to a remote count. What it says
 * when it fails becomes the message.
 */
export async function runGit(repo: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', repo, ...args]);
    return stdout;
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    const message = `git ${args[0] ?? ''} failed: ${said === '' ? 'is git installed?' : said}`;
    throw new FairleadError({
      code: 'git-failed',
      message,
      cause,
    });
  }
}

/** Brings the references of the fleet log from a remote, which a clone does not fetch by itself. */
export async function fetchFleetRefs(repo: string, remote: string): Promise<void> {
  await runGit(repo, 'fetch', '--quiet', '--no-tags', remote, '+refs/fairlead/*:refs/fairlead/*');
}
