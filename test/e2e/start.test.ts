// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { git, waitFor, workspaceRoot } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

interface End {
  readonly code: number | null;
  /** The last line of standard output. */
  readonly last: string;
}

interface Start {
  /** Waits until it has said something so many times; what the first group of the pattern is then. */
  told(pattern: RegExp, times?: number): Promise<string>;
  /** Sends a signal to npm alone, or as a terminal does: to all that was started in the foreground. */
  signal(name: NodeJS.Signals, to: 'npm' | 'all'): void;
  readonly ended: Promise<End>;
}

/** `npm start -- …` as typed on a terminal. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Start {
  const child = spawn('npm', ['start', '--silent', '--', ...args], {
    cwd: workspaceRoot,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const signal = (name: NodeJS.Signals, to: 'npm' | 'all'): void => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(to === 'all' ? -child.pid! : child.pid!, name);
  };
  onTestFinished(async () => {
    signal('SIGINT', 'all');
    await ended;
  });
  return {
    told: async (pattern, times = 1) => {
      const count = (): number => [...(stdout + stderr).matchAll(pattern)].length;
      await waitFor(() => count() >= times || child.exitCode !== null, { what: `${pattern}` });
      if (count() < times) throw new Error(`it ended before it said ${pattern}:\n${stderr}`);
      return [...(stdout + stderr).matchAll(pattern)][0]![1] ?? '';
    },
    signal,
    ended: ended.then((code) => ({ code, last: stdout.trimEnd().split('\n').at(-1) ?? '' })),
  };
}

function fields(line: string): Readonly<Record<string, unknown>> {
  return JSON.parse(line);
}

/** Command lines of processes that have to do with a folder. */
async function processesNaming(dir: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(dir)).map((line) => line.replaceAll('\0', ' '));
}

/** The folder of a run. */
async function folderOf(run: Start): Promise<string> {
  return dirname(await run.told(/a fleet in (.+)\n/g));
}

/** All devices have joined, so jobs run. */
async function joined(run: Start): Promise<string> {
  await run.told(/receipt 1 is in Git: applied/g, 3);
  return folderOf(run);
}

describe('npm start -- --once', () => {
  it('takes a commit to three devices and back, says so in one line, and leaves nothing', async () => {
    const run = start(['--once']);
    const { code, last } = await run.ended;
    expect(code).toBe(0);
    const answer = fields(last);
    expect(answer).toEqual({
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      revision: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      devices: 3,
      applied: 3,
      seconds: { pushToOffer: expect.any(Number), pushToReceipts: expect.any(Number) },
      repo: expect.any(String),
    });
    const { pushToOffer, pushToReceipts } = answer['seconds'] as Readonly<Record<string, number>>;
    expect(pushToOffer).toBeGreaterThan(0);
    expect(pushToReceipts).toBeGreaterThan(pushToOffer!);
    const dir = await folderOf(run);
    expect(existsSync(dir)).toBe(false);
    expect(await processesNaming(dir)).toEqual([]);
  });

  it('keeps the repository when it is asked to, whose log any git shows with what came of each commit', async () => {
    const { code, last } = await start(['--once', '--keep']).ended;
    expect(code).toBe(0);
    const { repo, commit, revision } = fields(last) as Readonly<Record<string, string>>;
    onTestFinished(() => rm(repo!, { recursive: true, force: true }));
    const log = await git(repo!, 'log', '--notes=fairlead', '-1', 'main');
    expect(log).toContain(`commit ${commit!}`);
    expect(log).toContain(revision);
    expect(log).toMatch(/Notes \(fairlead\):[^]*gateways[^]*sensors/);
    expect(await git(repo!, 'status', '--porcelain')).toBe('');
  });

  it('answers with a failure in one line when a program does not start, and leaves nothing', async () => {
    const run = start(['--once'], { FAIRLEAD_POLL: 'now and then' });
    const { code, last } = await run.ended;
    expect(code).toBe(1);
    const error = { code: 'internal', message: expect.stringContaining('FAIRLEAD_POLL') };
    expect(fields(last)).toEqual({ error });
    expect(existsSync(await folderOf(run))).toBe(false);
  });
});

describe('when npm start is interrupted', () => {
  it('stops everything that it started and leaves no folder', async () => {
    const run = start(['--once']);
    const dir = await joined(run);
    expect(await processesNaming(dir)).not.toEqual([]);
    run.signal('SIGINT', 'all');
    const { code, last } = await run.ended;
    expect(code).not.toBe(0);
    expect(fields(last)).toMatchObject({ error: { code: 'cancelled' } });
    expect(await processesNaming(dir)).toEqual([]);
    expect(existsSync(dir)).toBe(false);
  });

  it('has run on until then without --once, and leaves nothing either', async () => {
    const run = start([]);
    const dir = await folderOf(run);
    await run.told(/Ctrl-C stops all of it/g);
    expect(await processesNaming(dir)).not.toEqual([]);
    run.signal('SIGTERM', 'npm');
    expect((await run.ended).code).toBe(0);
    expect(await processesNaming(dir)).toEqual([]);
    expect(existsSync(dir)).toBe(false);
  });
});

describe('when npm start is killed', () => {
  it('leaves what the next run stops and removes', async () => {
    const killed = start(['--once']);
    const dir = await joined(killed);
    killed.signal('SIGKILL', 'all');
    await killed.ended;
    expect(await processesNaming(dir)).not.toEqual([]);
    expect(existsSync(dir)).toBe(true);

    expect((await start(['--once']).ended).code).toBe(0);
    expect(await processesNaming(dir)).toEqual([]);
    expect(existsSync(dir)).toBe(false);
  });
});
