// SPDX-License-Identifier: Apache-2.0
import { FairleadError, errnoOf, withDeadline, type Clock } from '@fairlead/base';
import { spawn } from 'node:child_process';

export interface GitRun {
  readonly code: number;
  readonly stdout: string;
  /** Its last words. */
  readonly stderr: string;
}

export interface GitRunLimits {
  readonly clock: Clock;
  /** It is ended when it says nothing for so long, in milliseconds. */
  readonly idleMs: number;
  /** It is ended after so long, whatever it says, in milliseconds. */
  readonly maxMs: number;
}

/** No listing is larger, in bytes. */
const maxOutput = 64 * 2 ** 20;
const maxWords = 4000;

/**
 * Runs the installed `git`, without a shell, in a session of its own: without a terminal neither it nor `ssh` can ask anybody
 * anything. It is ended, with all that it started, when the signal aborts; `timed-out` beyond its limits.
 */
export async function runGit(
  args: readonly string[],
  { clock, idleMs, maxMs }: GitRunLimits,
  signal: AbortSignal,
): Promise<GitRun> {
  signal.throwIfAborted();
  const child = spawn('git', [...args], {
    env: {
      ...process.env,
      GIT_ALLOW_PROTOCOL: 'ssh',
      GIT_TERMINAL_PROMPT: '0',
      SSH_ASKPASS_REQUIRE: 'never',
      LC_ALL: 'C',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const out: Buffer[] = [];
  let taken = 0;
  let stderr = '';
  let moved = (): void => undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    moved();
    taken += chunk.length;
    if (taken <= maxOutput) out.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    moved();
    stderr = `${stderr}${chunk.toString('utf8')}`.slice(-maxWords);
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 128);
    });
  });
  const movement = (): Promise<'moved'> =>
    new Promise((resolve) => {
      moved = () => {
        resolve('moved');
      };
    });
  const end = clock.monotonic() + maxMs;
  try {
    for (;;) {
      const within = Math.min(idleMs, end - clock.monotonic());
      const next = await withDeadline(clock, within, signal, () => Promise.race([ended, movement()]));
      if (next === 'moved') continue;
      if (taken > maxOutput)
        throw new FairleadError({ code: 'remote-unusable', message: 'the remote lists too many references' });
      return { code: next, stdout: Buffer.concat(out).toString('utf8'), stderr: stderr.trim() };
    }
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw thrown;
    throw new FairleadError({
      code: 'remote-unreachable',
      message: 'repositories over ssh need the git program, which is not installed here',
      hint: 'Install git, or use https://.',
      cause: thrown,
    });
  } finally {
    endGroup(child.pid);
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
