// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { createFakeClock, tempDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { openBusyLocks } from './busy-locks.ts';

describe('when jobs keep a device busy', () => {
  it('is busy until the last lock is released or expires', async () => {
    const clock = createFakeClock(0);
    const locks = await openBusyLocks(join(await tempDir('locks'), 'busy.json'), 'boot-1', clock);
    let told = 0;
    locks.onChange(() => (told += 1));
    expect(locks.busy()).toBeNull();
    await locks.hold('till', 1_000);
    await locks.hold('scan', 500);
    expect(locks.busy()).toEqual({ message: "kept busy by 'till', 'scan'", until: 1_000 });
    expect(await locks.release('till')).toBe(true);
    expect(await locks.release('till')).toBe(false);
    expect(told).toBe(3);
    await clock.advance(499);
    expect(locks.busy()?.message).toBe("kept busy by 'scan'");
    await clock.advance(1);
    expect(locks.busy()).toBeNull();
  });

  it('is idle for as long as somebody says so, or until a lock is taken after that', async () => {
    const clock = createFakeClock(0);
    const locks = await openBusyLocks(join(await tempDir('locks'), 'busy.json'), 'boot-1', clock);
    await locks.hold('till', 10_000);
    await locks.sayIdle(1_000);
    expect(locks.busy()).toBeNull();
    await clock.advance(1_000);
    expect(locks.busy()).not.toBeNull();
    await locks.sayIdle(1_000);
    await locks.hold('scan', 100);
    expect(locks.busy()).not.toBeNull();
  });

  it('stays so under another agent, and not after a reboot', async () => {
    const path = join(await tempDir('locks'), 'busy.json');
    const clock = createFakeClock(0);
    await (await openBusyLocks(path, 'boot-1', clock)).hold('till', 1_000);
    expect((await openBusyLocks(path, 'boot-1', clock)).held()).toEqual([{ holder: 'till', until: 1_000 }]);
    expect((await openBusyLocks(path, 'boot-2', clock)).held()).toEqual([]);
  });
});
