// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock } from '@fairlead/base';
import type { LogLine, LogQuery } from '@fairlead/engine';
import { systemClock, waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createDevice, readText, shellJob, type Device } from './device.fixture.ts';

const ask = async (
  device: Device,
  changes: Partial<LogQuery>,
  unit = 'job',
): Promise<AsyncIterable<LogLine>> =>
  (await device.domain.logs(unit, {
    lines: Number.POSITIVE_INFINITY,
    since: null,
    follow: false,
    signal: device.signal,
    ...changes,
  })) ?? expect.fail(`nothing of ${unit}`);

async function collect(source: AsyncIterable<LogLine>): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { stream, text } of source) lines.push(`${stream}: ${text}`);
  return lines;
}

const limit = 64 * 1024;

/** Files of the standard output, the oldest first. */
function stdoutFiles(device: Device): readonly string[] {
  const folder = join(device.dir, 'log/job');
  const names = readdirSync(folder).filter((name) => name.startsWith('stdout'));
  return names
    .sort()
    .toReversed()
    .map((name) => join(folder, name));
}

/** All that is kept of it. Its end may be in the file before the last: a full file gives way before it is known whether more comes. */
function kept(device: Device): string {
  return stdoutFiles(device).map(readText).join('');
}

describe('when a job prints more than a log file may hold', () => {
  it('keeps the newest in so many files, none of them larger, and loses nothing between them', async () => {
    const device = await createDevice({ settings: { logBytes: limit, logFiles: 3 } });
    await device.bring(
      shellJob('i=0; while [ $i -lt 30000 ]; do echo "line $i"; i=$((i+1)); done; echo end'),
    );
    await waitFor(() => kept(device).endsWith('end\n'));
    const files = stdoutFiles(device);
    expect(files.map((file) => basename(file))).toEqual(['stdout.log.2', 'stdout.log.1', 'stdout.log']);
    for (const file of files) expect(statSync(file).size).toBeLessThanOrEqual(limit);
    const lines = kept(device).split('\n').slice(1, -2);
    const first = Number(/^line (\d+)$/.exec(lines[0] ?? '')?.[1]);
    expect(lines).toEqual(
      Array.from({ length: 30_000 - first }, (_, index) => `line ${String(first + index)}`),
    );
  });

  it('goes on running when its output cannot be stored', async () => {
    const device = await createDevice();
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(device.dir, 'log/job/stdout.log'), { recursive: true });
    await device.bring(shellJob('head -c 1000000 /dev/zero; echo reached >&2; sleep 60'));
    await waitFor(() => device.stderr() === 'reached\n');
  });
});

describe('when logs are read', () => {
  it('gives the last lines of each stream, across files', async () => {
    const device = await createDevice({ settings: { logBytes: limit } });
    await device.bring(
      shellJob('i=0; while [ $i -lt 9000 ]; do echo "line $i"; i=$((i+1)); done; echo oops >&2; printf open'),
    );
    await waitFor(() => kept(device).endsWith('open'));
    expect(await collect(await ask(device, { lines: 2 }))).toEqual([
      'stdout: line 8998',
      'stdout: line 8999',
      'stderr: oops',
      'stdout: open',
    ]);
    expect(await collect(await ask(device, { lines: 9_000 }))).toHaveLength(9_002);
    const query = { lines: 5, since: null, follow: false, signal: device.signal };
    expect(await device.domain.logs('../job', query)).toBeNull();
    expect(await device.domain.logs('other', query)).toBeNull();
  });

  it('leaves out what is older than asked for, as far as it is known, and nothing that is newer', async () => {
    let ahead = 0;
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead };
    const device = await createDevice({ clock, settings: { logMarkMs: 20, logBytes: limit } });
    const marks = join(device.dir, 'log/job/marks');
    const isMarkedAt = (bytes: number): boolean =>
      existsSync(marks) && new RegExp(`^stdout .* ${String(bytes)}$`, 'm').test(readText(marks));
    const step = 'while [ ! -e go$n ]; do sleep 0.02; done; echo "line $n"; n=$((n+1));';
    await device.bring(shellJob(`n=1; echo "line 0"; ${step} ${step} exec sleep 60`));
    await waitFor(() => isMarkedAt('line 0\n'.length));
    for (const n of [1, 2]) {
      ahead += 3_600_000;
      writeFileSync(join(device.dir, `jobs/units/job/work/go${String(n)}`), '');
      await waitFor(() => isMarkedAt('line 0\n'.length * (n + 1)));
    }
    const since = async (hours: number): Promise<readonly string[]> =>
      collect(await ask(device, { since: clock.now() - hours * 3_600_000 }));
    expect(await since(0.5)).toEqual(['stdout: line 2']);
    expect(await since(1.5)).toEqual(['stdout: line 1', 'stdout: line 2']);
    expect(await since(9)).toEqual(['stdout: line 0', 'stdout: line 1', 'stdout: line 2']);
    ahead += 3_600_000;
    expect(await since(0.5)).toEqual([]);
  });

  it('follows what comes over rotations, until it is told to end', async () => {
    const device = await createDevice({ settings: { logBytes: limit } });
    // Each part waits until the one before has been read: what nobody reads in time may be dropped.
    await device.bring(
      shellJob(
        'part() { while [ ! -e "go-$1" ]; do echo wait; sleep 0.02; done; n=0; while [ $n -lt 2000 ]; do echo "line $n"; n=$((n+1)); done; echo "end $1"; }; for i in 0 1 2 3 4 5 6 7 8 9; do part $i; done',
      ),
    );
    const stop = new AbortController();
    const lines: string[] = [];
    const following = (async () => {
      const source = await ask(device, { lines: 0, follow: true, signal: stop.signal });
      for await (const { text } of source) lines.push(text);
    })();
    // Only what comes after it began to follow is told.
    await waitFor(() => lines.length > 0);
    const parts = Array.from({ length: 10 }, (_, part) => part);
    for (const part of parts) {
      writeFileSync(join(device.dir, `jobs/units/job/work/go-${String(part)}`), '');
      await waitFor(() => lines.includes(`end ${String(part)}`));
    }
    stop.abort();
    await following;
    const written = Array.from({ length: 2_000 }, (_, index) => `line ${String(index)}`);
    expect(lines.filter((line) => line !== 'wait')).toEqual(
      parts.flatMap((part) => [...written, `end ${String(part)}`]),
    );
  });
});
