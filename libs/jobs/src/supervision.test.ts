// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unitDigest, type JobRestart } from '@fairlead/target';
import { systemClock, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createDevice, shellJob } from './device.fixture.ts';
import { isAlive } from './process-identity.ts';

const restart = (changes: Partial<JobRestart>): JobRestart => ({
  enabled: true,
  limit: 0,
  pauseMs: 0,
  onDependencyFail: false,
  ...changes,
});

describe('when a job ends by itself', () => {
  it.each([
    ['exit code 0', 'exit 0'],
    ['SIGSEGV', 'kill -SEGV $$'],
    ['SIGKILL', 'kill -KILL $$'],
  ])('is started again after %s, as often as its limit says, and is then given up', async (_, end) => {
    const device = await createDevice();
    await device.bring(shellJob(`echo up; ${end}`, { restart: restart({ limit: 2, pauseMs: 10 }) }));
    await waitFor(async () => (await device.condition()) === 'failed');
    await waitFor(() => device.stdout() === 'up\nup\nup\n');
    const [unit] = await device.domain.observe(device.signal);
    expect(unit?.condition).toMatchObject({ kind: 'failed', code: 'restart-limit' });
  });

  it('is given up after as many ends, also where the clock was a day late at its starts', async () => {
    const clock = { ...systemClock, now: () => systemClock.now() - 86_400_000 };
    const device = await createDevice({ clock });
    await device.bring(shellJob('exit 1', { restart: restart({ limit: 2 }) }));
    await waitFor(async () => (await device.condition()) === 'failed');
  });

  it('has its earlier ends forgotten once it was up long enough, also where the clock was a day early', async () => {
    const clock = { ...systemClock, now: () => systemClock.now() + 86_400_000 };
    const device = await createDevice({ clock, settings: { healthyResetMs: 100 } });
    await device.bring(shellJob('echo up; sleep 0.3; exit 1', { restart: restart({ limit: 1 }) }));
    await waitFor(() => device.stdout().startsWith('up\nup\nup\nup\n'));
    expect(await device.condition()).not.toBe('failed');
  });

  it('is done if it ends with 0 and is not to be restarted', async () => {
    const device = await createDevice();
    const unit = shellJob('echo done');
    await device.bring(unit);
    expect(await device.domain.ready(unit, device.signal)).toEqual({ ok: true });
    expect(await device.domain.health(unit, device.signal)).toEqual({ ok: true });
    // Asking for it again does not run it twice.
    expect(await device.condition()).toBe('finished');
    await device.domain.activate(unit, device.signal);
    await device.domain.heal([{ unit, digest: unitDigest(unit), runs: true }], device.signal);
    await waitFor(() => device.stdout() === 'done\n');
  });

  it('has failed if it ends otherwise and is not to be restarted', async () => {
    const device = await createDevice();
    const unit = shellJob('exit 7');
    await device.bring(unit);
    const health = await device.domain.health(unit, device.signal);
    expect(health).toMatchObject({ ok: false, error: { code: 'unit-ended' } });
  });

  it('fails its health check after three ends, whatever its limit', async () => {
    const device = await createDevice({ settings: { healthWindowMs: 5_000 } });
    const unit = shellJob('echo up; sleep 0.1; exit 1', { restart: restart({ pauseMs: 1 }) });
    await device.bring(unit);
    const health = await device.domain.health(unit, device.signal);
    expect(health).toMatchObject({ ok: false, error: { code: 'health-failed' } });
  });

  it('is told of at every look once it is given up, and is left alone', async () => {
    const device = await createDevice();
    const unit = shellJob('echo up; exit 7');
    await device.bring(unit);
    await waitFor(async () => (await device.condition()) === 'failed');
    const committed = [{ unit, digest: unitDigest(unit), runs: true }];
    for (const look of [1, 2]) {
      const drifts = await device.domain.heal(committed, device.signal);
      expect(drifts, String(look)).toEqual([
        { name: 'job', message: 'ended with exit code 7', healed: false },
      ]);
    }
    expect(await device.domain.heal([{ ...committed[0]!, runs: false }], device.signal)).toEqual([]);
    await waitFor(() => device.stdout() === 'up\n');
  });

  it('takes what it left running with it before it is started again', async () => {
    const device = await createDevice();
    await device.bring(
      shellJob('sleep 64 & echo "$!"; exit 1', { restart: restart({ limit: 1, pauseMs: 10 }) }),
    );
    await waitFor(async () => (await device.condition()) === 'failed');
    const first = Number(await waitFor(() => /^(\d+)\n/.exec(device.stdout())?.[1]));
    await waitFor(() => !isThere(first));
  });
});

function isThere(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${String(pid)}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe('when the disk refuses what a run needs', () => {
  it('tries again until it does not, whatever the limit of restarts', async () => {
    const device = await createDevice();
    mkdirSync(join(device.dir, 'run'));
    writeFileSync(join(device.dir, 'run/job'), 'in the way');
    const unit = shellJob('echo up; sleep 60');
    await expect(device.bring(unit)).rejects.toThrow(/^storage-failed/);
    expect(await device.condition()).toBe('waiting');
    rmSync(join(device.dir, 'run/job'));
    expect(await device.domain.ready(unit, device.signal)).toEqual({ ok: true });
    await waitFor(() => device.stdout() === 'up\n');
  });
});

describe('when a job says itself when it is ready', () => {
  it('is ready once it printed the OK string, wherever that lies', async () => {
    const device = await createDevice();
    const unit = shellJob(
      'head -c 70000 /dev/zero | tr "\\0" x; printf "noise!!O"; while [ ! -e go ]; do sleep 0.02; done; printf "K!!more"; sleep 60',
      { ready: { kind: 'ok-string', timeoutMs: 0 } },
    );
    await device.bring(unit);
    await waitFor(() => device.stdout().endsWith('noise!!O'));
    expect(await device.condition()).toBe('starting');
    const ready = device.domain.ready(unit, device.signal);
    writeFileSync(join(device.dir, 'jobs/units/job/work/go'), '');
    expect(await ready).toEqual({ ok: true });
    expect(await device.condition()).toBe('running');
  });

  it('is ended and given up if it is not ready in its time', async () => {
    const device = await createDevice();
    const unit = shellJob('echo up; sleep 60', { ready: { kind: 'ok-string', timeoutMs: 200 } });
    await device.bring(unit);
    expect(await device.domain.ready(unit, device.signal)).toMatchObject({
      ok: false,
      error: { code: 'ready-timeout' },
    });
    const process = device.process();
    expect(process && isAlive(process, process.bootId)).toBe(false);
  });

  it('has failed its start if it ends before', async () => {
    const device = await createDevice();
    const unit = shellJob('echo nothing; exit 0', { ready: { kind: 'ok-string', timeoutMs: 0 } });
    await device.bring(unit);
    expect(await device.domain.ready(unit, device.signal)).toMatchObject({
      ok: false,
      error: { code: 'start-failed' },
    });
  });

  it('does not take the OK string of an earlier run for its own', async () => {
    const device = await createDevice();
    await device.bring(shellJob('echo "!!OK!!"; sleep 60', { ready: { kind: 'ok-string', timeoutMs: 0 } }));
    await waitFor(async () => (await device.condition()) === 'running');
    const silent = shellJob('echo silent; sleep 60', { ready: { kind: 'ok-string', timeoutMs: 300 } });
    await device.bring(silent);
    expect(await device.domain.ready(silent, device.signal)).toMatchObject({
      ok: false,
      error: { code: 'ready-timeout' },
    });
  });
});

describe('when readiness is a delay', () => {
  it('is ready after it, if it still lives', async () => {
    const device = await createDevice();
    const unit = shellJob('sleep 60', { ready: { kind: 'delay', ms: 150 } });
    await device.bring(unit);
    expect(await device.condition()).toBe('starting');
    expect(await device.domain.ready(unit, device.signal)).toEqual({ ok: true });
  });

  it('may be longer than what is waited for units that state none', async () => {
    const device = await createDevice({ settings: { deadlineMs: 200 } });
    const unit = shellJob('sleep 60', { ready: { kind: 'delay', ms: 600 } });
    await device.bring(unit);
    expect(await device.domain.ready(unit, device.signal)).toEqual({ ok: true });
  });

  it('is not ready if it died meanwhile', async () => {
    const device = await createDevice();
    const unit = shellJob('exit 0', { ready: { kind: 'delay', ms: 400 } });
    await device.bring(unit);
    expect(await device.domain.ready(unit, device.signal)).toMatchObject({
      ok: false,
      error: { code: 'start-failed' },
    });
  });
});

describe('when the device is healed', () => {
  it('starts what does not run, each after what it requires, and says so once it ran before', async () => {
    const device = await createDevice();
    const base = shellJob('sleep 0.2; echo "!!OK!!"; sleep 60', {
      name: 'z-base',
      ready: { kind: 'ok-string', timeoutMs: 0 },
    });
    const top = shellJob('echo up; sleep 60', { name: 'a-top', requires: ['z-base'] });
    const { signal } = device;
    for (const unit of [base, top]) {
      await device.domain.stage(unit, signal);
      await device.domain.switchUnit(unit.name, unitDigest(unit), signal);
    }
    const committed = [top, base].map((unit) => ({ unit, digest: unitDigest(unit), runs: true }));
    expect(await device.domain.heal(committed, signal)).toEqual([]);
    expect(await device.condition('a-top')).toBe('waiting');
    await waitFor(() => device.stdout('a-top') === 'up\n');
    expect(device.stdout('z-base')).toContain('!!OK!!');
    await device.domain.stopUnit('a-top', signal);
    expect(await device.domain.heal(committed, signal)).toEqual([
      { name: 'a-top', message: 'was not running', healed: true },
    ]);
    await waitFor(() => device.stdout('a-top') === 'up\nup\n');
  });

  it('stops what is not committed, and leaves alone what is not to run', async () => {
    const device = await createDevice();
    await device.bring(shellJob('sleep 60', { name: 'stray' }));
    const parked = shellJob('sleep 60', { name: 'parked', autostart: false });
    await device.domain.stage(parked, device.signal);
    await device.domain.switchUnit('parked', unitDigest(parked), device.signal);
    const drifts = await device.domain.heal(
      [{ unit: parked, digest: unitDigest(parked), runs: false }],
      device.signal,
    );
    expect(drifts).toEqual([{ name: 'stray', message: 'ran without being committed', healed: true }]);
    expect(await device.condition('parked')).toBe('stopped');
  });
});
