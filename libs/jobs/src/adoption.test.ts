// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unitDigest, type JobUnit } from '@fairlead/target';
import { startProgram, systemClock, waitFor, type RunningProgram } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDevice, shellJob, type Device } from './device.fixture.ts';
import { findParents } from './parent-groups.ts';
import { identityOf, isAlive } from './process-identity.ts';
import { newestRun, runGroups } from './run-folder.ts';
import { closeGroups } from './run-groups.ts';
import { defaultSettings } from './settings.ts';

const ticking = 'i=0; while :; do echo "tick $i"; i=$((i+1)); sleep 0.05; done';

/** An agent as a process of its own, over the folders of a device. */
async function otherAgent(device: Device, unit: JobUnit): Promise<RunningProgram> {
  const script = fileURLToPath(new URL('agent-process.fixture.ts', import.meta.url));
  const agent = startProgram(process.execPath, [
    '--conditions=@fairlead/source',
    script,
    device.dir,
    JSON.stringify(unit),
  ]);
  await agent.ready();
  return agent;
}

function ticks(device: Device): number {
  return device.stdout().split('\n').length - 1;
}

describe('when an agent is killed', () => {
  it('leaves job and output going, and the next one finds the same process and supervises it', async () => {
    const device = await createDevice();
    const unit = shellJob(ticking, {
      restart: { enabled: true, limit: 0, pauseMs: 0, onDependencyFail: false },
    });
    const agent = await otherAgent(device, unit);
    const before = device.process();
    await agent.end('SIGKILL');
    const printed = ticks(device);
    await waitFor(() => ticks(device) > printed + 3);

    const next = await device.next();
    const [seen] = await next.observe(device.signal);
    expect(seen).toMatchObject({ name: 'job', digest: unitDigest(unit), condition: { kind: 'running' } });
    expect((await next.activate(unit, device.signal)).ok).toBe(true);
    expect(await next.heal([{ unit, digest: unitDigest(unit), runs: true }], device.signal)).toEqual([]);
    expect(device.process()).toEqual(before);
    expect(before && isAlive(before, before.bootId)).toBe(true);

    // Supervision goes on: what is killed now is started again.
    if (before !== null) process.kill(before.pid, 'SIGKILL');
    await waitFor(() => device.process() !== null && device.process()?.pid !== before?.pid);
    const lines = device
      .stdout()
      .split('\n')
      .filter((line) => line !== '');
    const restart = lines.lastIndexOf('tick 0');
    expect(lines.slice(0, restart)).toEqual(
      lines.slice(0, restart).map((_, index) => `tick ${String(index)}`),
    );
  });

  it('loses of 100 MB that are printed meanwhile only what the limit drops, and the job hears of nothing', async () => {
    const device = await createDevice();
    const unit = shellJob('while [ ! -e go ]; do sleep 0.02; done; exec seq 1 13000000');
    const agent = await otherAgent(device, unit);
    await agent.end('SIGKILL');
    const keeper = device.keeper();
    writeFileSync(join(device.dir, 'jobs/units/job/work/go'), '');
    await waitFor(() => keeper !== null && !isAlive(keeper, keeper.bootId));

    const next = await device.next();
    await waitFor(async () => (await next.observe(device.signal))[0]?.condition.kind === 'finished');
    const folder = join(device.dir, 'log/job');
    const files = readdirSync(folder).filter((name) => name.startsWith('stdout.log'));
    expect(files.length).toBeLessThanOrEqual(defaultSettings.logFiles);
    for (const name of files)
      expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(defaultSettings.logBytes);
    const query = { lines: Number.POSITIVE_INFINITY, since: null, follow: false, signal: device.signal };
    let expected = Number.NaN;
    for await (const { text } of (await next.logs('job', query)) ?? []) {
      // The first line that is kept may be cut; from the next one on none is missing.
      if (Number.isNaN(expected)) expected = 0;
      else if (expected === 0) expected = Number(text) + 1;
      else if (Number(text) === expected) expected += 1;
      else expect.fail(`${text} in place of ${String(expected)}`);
    }
    expect(expected).toBe(13_000_001);
  }, 60_000);

  it('ends a job that is to die with its agent, by way of the keeper alone', async () => {
    const device = await createDevice();
    const unit = shellJob(ticking, { dieWithAgent: true });
    const agent = await otherAgent(device, unit);
    const running = device.process();
    expect(running && isAlive(running, running.bootId)).toBe(true);
    await agent.end('SIGKILL');
    await waitFor(async () => running !== null && !isAlive(running, running.bootId));

    const next = await device.next();
    await waitFor(async () => (await next.observe(device.signal))[0]?.condition.kind === 'stopped');
    await next.heal([{ unit, digest: unitDigest(unit), runs: true }], device.signal);
    await waitFor(() => device.process() !== null && device.process()?.pid !== running?.pid);
  });
});

describe('when an agent is killed whose job is to die with it', () => {
  it('takes all with it that the job started, wherever that went and whatever it ignores', async () => {
    const device = await createDevice();
    const ignoring = 'trap "" TERM';
    const unit = shellJob(
      `${ignoring}; setsid sleep 68 & echo "$!"; set -m; sleep 69 & echo "$!"; while :; do sleep 0.1; done`,
      { dieWithAgent: true },
    );
    const agent = await otherAgent(device, unit);
    const pids = await waitFor(() => {
      const lines = device.stdout().trim().split('\n');
      return lines.length === 2 && lines.map(Number);
    });
    const bootId = device.process()?.bootId ?? '';
    const started = pids.flatMap((pid) => identityOf(pid, bootId) ?? []);
    expect(started).toHaveLength(2);
    await agent.end('SIGKILL');
    const [, inSession] = started;
    await waitFor(() => inSession !== undefined && !isAlive(inSession, bootId));
    if ((await findParents([])).length > 0)
      await waitFor(() => started.every((each) => !isAlive(each, bootId)));
    else process.kill(started[0]?.pid ?? 0, 'SIGKILL');
  });
});

describe('when the clock of the device is set while a job gets ready', () => {
  it.each([
    ['forward', 50 * 365 * 86_400_000],
    ['back', -86_400_000],
  ])('gives it the time that it stated all the same, set %s', async (_, jump) => {
    let ahead = 0;
    const device = await createDevice({ clock: { ...systemClock, now: () => systemClock.now() + ahead } });
    const unit = shellJob('while [ ! -e go ]; do sleep 0.02; done; echo "!!OK!!"; sleep 60', {
      ready: { kind: 'ok-string', timeoutMs: 30_000 },
    });
    await device.bring(unit);
    const before = device.process();
    await device.domain.stop();
    ahead = jump;
    const next = await device.next();
    const ready = next.ready(unit, device.signal);
    writeFileSync(join(device.dir, 'jobs/units/job/work/go'), '');
    expect(await ready).toEqual({ ok: true });
    expect(device.process()).toEqual(before);
  });
});

describe('when an agent lets go in good order', () => {
  it('leaves jobs running but for those that are to die with it', async () => {
    const device = await createDevice();
    await device.bring(shellJob(ticking, { name: 'stays' }));
    await device.bring(shellJob(ticking, { name: 'goes', dieWithAgent: true }));
    const stays = device.process('stays');
    const goes = device.process('goes');
    await device.domain.stop();
    expect(stays && isAlive(stays, stays.bootId)).toBe(true);
    expect(goes && isAlive(goes, goes.bootId)).toBe(false);
  });
});

describe('when a job ended while no agent ran', () => {
  it('is known with its exit status', async () => {
    const device = await createDevice();
    await device.bring(shellJob('echo up; sleep 0.3; exit 3'));
    await device.domain.stop();
    const keeper = device.keeper();
    await waitFor(async () => keeper !== null && !isAlive(keeper, keeper.bootId));
    const next = await device.next();
    const seen = await waitFor(async () => {
      const [unit] = await next.observe(device.signal);
      return unit?.condition.kind === 'failed' ? unit.condition : null;
    });
    expect(seen).toMatchObject({ code: 'unit-ended', message: 'ended with exit code 3' });
  });
});

describe('when a job was being ended as its agent was killed', () => {
  it('is ended with what it left before it is started again', async () => {
    const device = await createDevice();
    const unit = shellJob('(trap "" TERM; exec sleep 70) & echo "$!"; exec sleep 60');
    await device.bring(unit);
    const left = Number(await waitFor(() => device.stdout().endsWith('\n') && device.stdout()));
    const run = await newestRun(join(device.dir, 'run/job'));
    const program = device.process();
    const bootId = program?.bootId ?? '';
    const stray = identityOf(left, bootId);
    await device.domain.stop();
    // As far as the agent had come.
    writeFileSync(join(run?.folder ?? '', 'stop-asked'), '');
    if (program !== null) process.kill(program.pid, 'SIGTERM');
    await waitFor(() => existsSync(join(run?.folder ?? '', 'exit')));

    const next = await device.next();
    expect((await next.observe(device.signal))[0]?.condition.kind).toBe('stopped');
    expect(await next.activate(unit, device.signal)).toMatchObject({ ok: true });
    expect(stray === null || isAlive(stray, bootId)).toBe(false);
  });
});

describe('when another process has the number of one that ended', () => {
  it('is not taken for the job, nor ended with it', async () => {
    const device = await createDevice();
    const unit = shellJob(ticking);
    await device.bring(unit);
    await device.domain.stop();
    const [program, keeper] = [device.process(), device.keeper()];
    if (program === null || keeper === null) throw new Error('not recorded');
    // Nobody writes down how it ended.
    process.kill(keeper.pid, 'SIGKILL');
    process.kill(-program.pid, 'SIGKILL');
    await waitFor(() => !isAlive(program, program.bootId) && !isAlive(keeper, keeper.bootId));
    const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    onTestFinished(() => {
      stranger.kill('SIGKILL');
    });
    const run = await newestRun(join(device.dir, 'run/job'));
    writeFileSync(
      join(run?.folder ?? '', 'process'),
      `${String(stranger.pid)} ${program.start} ${program.bootId}\n`,
    );

    const next = await device.next();
    const seen = await waitFor(async () => {
      const [found] = await next.observe(device.signal);
      return found?.condition.kind === 'failed' && found.condition;
    });
    expect(seen.message).toBe('ended with an exit that nobody saw');
    expect(await next.stopUnit('job', device.signal)).toMatchObject({ ok: true });
    await next.activate(unit, device.signal);
    await next.stopUnit('job', device.signal);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  });
});

describe('when the machine was booted since', () => {
  it('takes nothing for running, whatever has the number of the old process', async () => {
    const device = await createDevice();
    const unit = shellJob(ticking);
    await device.bring(unit);
    const real = device.process();
    const run = await newestRun(join(device.dir, 'run/job'));
    const groups = run === null ? [] : runGroups(run);
    // The driver will not know them as its own any more.
    onTestFinished(async () => {
      if (real !== null) process.kill(-real.pid, 'SIGKILL');
      await waitFor(async () => {
        await closeGroups(groups);
        return !groups.some((group) => existsSync(group));
      });
    });
    await device.domain.stop();
    // What the disk would hold after a reboot: the records of an earlier boot.
    const runs = join(device.dir, 'run', 'job');
    const folder = join(runs, readdirSync(runs).at(-1) ?? '');
    for (const file of ['process', 'keeper', 'run.json']) {
      const path = join(folder, file);
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.replace(real?.bootId ?? '', '00000000-0000-0000-0000-000000000000'));
    }
    const next = await device.next();
    expect((await next.observe(device.signal))[0]?.condition.kind).toBe('stopped');
    expect(await next.heal([{ unit, digest: unitDigest(unit), runs: true }], device.signal)).toEqual([]);
    await waitFor(() => device.process()?.bootId === real?.bootId);
    expect(real && isAlive(real, real.bootId)).toBe(true);
  });
});
