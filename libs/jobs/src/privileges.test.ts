// SPDX-License-Identifier: Apache-2.0
import { chmodSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { digestHex } from '@fairlead/base';
import { unitDigest } from '@fairlead/target';
import { waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createDevice, member, shellJob } from './device.fixture.ts';

const isRoot = userInfo().uid === 0;
const isDaemon = userInfo().username === 'daemon';

describe('when a job asks for a user', () => {
  it('runs as that user in a folder of its own, or is refused if the agent may not do that', async () => {
    const device = await createDevice();
    const unit = shellJob('id -u; id -g; touch mine && echo wrote', { user: isDaemon ? 'nobody' : 'daemon' });
    if (!isRoot) {
      expect(await device.domain.stage(unit, device.signal)).toMatchObject({
        ok: false,
        error: { code: 'unsupported-feature' },
      });
      return;
    }
    await device.bring(unit);
    await waitFor(() => device.stdout().endsWith('wrote\n'));
    const { uid } = statSync(join(device.dir, 'jobs/units/job/work'));
    expect(device.stdout().split('\n')[0]).toBe(String(uid));
    expect(uid).not.toBe(0);
  });

  it('reads its config, which is for nobody else', async () => {
    const device = await createDevice();
    const config = { name: 'default', data: 'secret', encoding: 'utf8' as const, files: [] };
    const unit = shellJob('cat "$CONFIG/data"', {
      env: { PATH: '/usr/bin:/bin', CONFIG: '{{CONFIG}}' },
      user: isRoot ? 'daemon' : null,
      members: [{ ...member, configs: [config], config: 'default' }],
    });
    // The folder of the test is its owner's alone; that of an agent may be passed through.
    chmodSync(device.dir, 0o755);
    await device.bring(unit);
    await waitFor(() => device.stdout() === 'secret');
    const version = join(device.dir, 'jobs/units/job/versions', digestHex(unitDigest(unit)));
    const folder = statSync(join(version, 'configs'));
    expect(folder.mode & 0o777).toBe(0o700);
    expect(folder.uid).toBe(isRoot ? statSync(join(device.dir, 'jobs/units/job/work')).uid : userInfo().uid);
  });

  it("is not refused if that user is the agent's own", async () => {
    const device = await createDevice();
    const { uid, gid } = userInfo();
    await device.bring(shellJob('id -u', { user: String(uid), group: String(gid) }));
    await waitFor(() => device.stdout() === `${String(uid)}\n`);
  });
});
