// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDevice, shellJob } from './device.fixture.ts';
import { findParents } from './parent-groups.ts';
import { allStats, identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

/** Numbers of the processes in the session that this one leads. */
async function sessionOf(leader: ProcessIdentity | null): Promise<readonly number[]> {
  const stats = await allStats();
  return stats.filter(({ session, state }) => session === leader?.pid && state !== 'Z').map(({ pid }) => pid);
}

describe('when a job is brought onto the device', () => {
  it('runs with its arguments, in a session of its own, and writes its output to the log', async () => {
    const device = await createDevice();
    await device.bring(
      shellJob('printf "%s|" "$0" "$@"; echo; echo oops >&2; exec sleep 60', {
        args: ['-c', 'printf "%s|" "$0" "$@"; echo; echo oops >&2; exec sleep 60', 'a b', '', "it's"],
      }),
    );
    await waitFor(() => device.stdout() === "a b||it's|\n" && device.stderr() === 'oops\n');
    await waitFor(async () => (await device.condition()) === 'running');
    const process = device.process();
    expect(await sessionOf(process)).toEqual([process?.pid]);
  });

  it('has exactly the environment that is stated', async () => {
    const device = await createDevice();
    await device.bring(
      shellJob('', {
        program: '/usr/bin/env',
        args: [],
        env: { A: '1', 'odd.name': 'x=y z', PWD: '/nowhere' },
      }),
    );
    await waitFor(async () => (await device.condition()) === 'finished' && device.stdout().includes('odd'));
    expect(device.stdout().trimEnd().split('\n').sort()).toEqual(['A=1', 'PWD=/nowhere', 'odd.name=x=y z']);
  });

  it('inherits the environment of the agent where that is asked for, below its own', async () => {
    const device = await createDevice({
      environment: { PATH: process.env['PATH'], AGENT_ONLY: 'yes', BOTH: 'agent' },
    });
    await device.bring(
      shellJob('echo "$AGENT_ONLY $BOTH $GREASE_ORIGIN_ID"', {
        inheritEnv: true,
        originId: true,
        env: { BOTH: 'job' },
      }),
    );
    await waitFor(() => device.stdout().endsWith('\n'));
    expect(device.stdout()).toBe(`yes job ${String(2 ** 30)}\n`);
  });

  it('reads its message on standard input, and then its end', async () => {
    const device = await createDevice();
    const text = `MAGIC-START\n${'x'.repeat(200_000)}ENDCONFIG`;
    await device.bring(shellJob('wc -c', { stdin: { kind: 'message', text } }));
    await waitFor(() => device.stdout() === `${String(text.length)}\n`);
  });

  it('goes on printing past what a pipe holds', async () => {
    const device = await createDevice();
    await device.bring(
      shellJob('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done; sleep 60'),
    );
    await waitFor(() => device.stdout().endsWith('line 19999\n'));
  });
});

describe('when the program cannot be executed', () => {
  it.each([
    ['is missing', '/nonexistent/x'],
    ['is a folder', '/tmp'],
    ['is not on the search path', 'no-such-program-anywhere'],
  ])('says program-not-found if it %s', async (_, program) => {
    const device = await createDevice();
    await expect(device.bring(shellJob('', { program }))).rejects.toThrow(/^program-not-found/);
    expect(await device.condition()).toBe('failed');
  });

  it('does not mistake a program that itself ends with 127', async () => {
    const device = await createDevice();
    await device.bring(shellJob('echo sorry >&2; exit 127'));
    const health = await device.domain.health(shellJob(''), device.signal);
    expect(health).toMatchObject({
      ok: false,
      error: { code: 'unit-ended', message: expect.stringContaining('exit code 127') as string },
    });
  });
});

describe('when a unit is stopped', () => {
  it('ends the whole group, also what ignores being asked', async () => {
    const device = await createDevice();
    await device.bring(shellJob('trap "" TERM; sleep 61 & sleep 62 & echo up; wait; wait; sleep 63'));
    await waitFor(() => device.stdout() === 'up\n');
    const leader = device.process();
    expect((await device.domain.stopUnit('job', device.signal)).ok).toBe(true);
    expect(await sessionOf(leader)).toEqual([]);
    expect(await device.condition()).toBe('stopped');
  });

  it('lets it end well within its grace, and writes its last words', async () => {
    const device = await createDevice();
    await device.bring(
      shellJob('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done', {
        stop: { graceMs: 8_000 },
      }),
    );
    await waitFor(() => device.stdout() === 'up\n');
    expect((await device.domain.stopUnit('job', device.signal)).ok).toBe(true);
    await waitFor(() => device.stdout() === 'up\nbye\n');
  });

  it('hears of it also while it is halted', async () => {
    const device = await createDevice();
    await device.bring(
      shellJob('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done', {
        stop: { graceMs: 8_000 },
      }),
    );
    await waitFor(() => device.stdout() === 'up\n');
    const leader = device.process();
    if (leader !== null) process.kill(-leader.pid, 'SIGSTOP');
    expect((await device.domain.stopUnit('job', device.signal)).ok).toBe(true);
    await waitFor(() => device.stdout() === 'up\nbye\n');
  });

  it('is not started again although it restarts', async () => {
    const device = await createDevice();
    await device.bring(
      shellJob('echo up; sleep 60', {
        restart: { enabled: true, limit: 0, pauseMs: 0, onDependencyFail: false },
      }),
    );
    await waitFor(() => device.stdout() === 'up\n');
    const before = device.process();
    await device.domain.stopUnit('job', device.signal);
    await device.domain.stopUnit('job', device.signal);
    expect(await device.condition()).toBe('stopped');
    expect(device.process()).toEqual(before);
    const keeper = device.keeper();
    expect(keeper && isAlive(keeper, keeper.bootId)).toBe(false);
  });
});

describe('when something leaves the session of its job', () => {
  const strayed = async (script: string) => {
    const device = await createDevice();
    await device.bring(shellJob(script));
    const pid = Number(await waitFor(() => device.stdout().endsWith('\n') && device.stdout()));
    const bootId = device.process()?.bootId ?? '';
    const stray = await waitFor(() => identityOf(pid, bootId));
    onTestFinished(() => {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone, as it should be.
      }
    });
    return { device, isLeft: () => isAlive(stray, bootId) };
  };

  it('is ended with it all the same', async () => {
    const { device, isLeft } = await strayed('setsid sleep 65 & echo "$!"; exec sleep 60');
    expect((await device.domain.stopUnit('job', device.signal)).ok).toBe(true);
    expect(isLeft()).toBe(false);
  });

  it('is ended when the job ends by itself', async () => {
    const { device, isLeft } = await strayed('setsid sh -c "trap : TERM; sleep 66" & echo "$!"; sleep 0.2');
    await waitFor(async () => (await device.condition()) === 'finished');
    if ((await findParents([])).length > 0) await waitFor(() => !isLeft());
  });

  it('is ended though its parent is gone, where the agent can make control groups', async () => {
    const { device, isLeft } = await strayed('(setsid sleep 67 & echo "$!"); exec sleep 60');
    expect((await device.domain.stopUnit('job', device.signal)).ok).toBe(true);
    expect(isLeft()).toBe((await findParents([])).length === 0);
  });
});

describe('when a keeper is killed', () => {
  it('leaves the program running, and its end is seen though nobody knows how it was', async () => {
    const device = await createDevice();
    await device.bring(shellJob('echo up; exec sleep 60'));
    await waitFor(() => device.stdout() === 'up\n');
    const [keeper, program] = [device.keeper(), device.process()];
    if (keeper === null || program === null) throw new Error('not recorded');
    process.kill(keeper.pid, 'SIGKILL');
    const next = await device.next();
    expect((await next.observe(device.signal))[0]?.condition.kind).toBe('running');
    process.kill(program.pid, 'SIGKILL');
    const seen = await waitFor(async () => {
      const [unit] = await next.observe(device.signal);
      return unit?.condition.kind === 'failed' ? unit.condition : null;
    });
    expect(seen.message).toBe('ended with an exit that nobody saw');
  });
});
