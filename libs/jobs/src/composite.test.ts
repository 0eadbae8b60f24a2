// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { digestHex } from '@fairlead/base';
import { type JobDefinition, type JobImage, type JobMember } from '@fairlead/target';
import { waitFor } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { createDevice, member, shellJob } from './device.fixture.ts';
import { serve, tarOf } from './image-host.fixture.ts';

describe('when a group runs as one process', () => {
  const definition = (job: string, changes: Partial<JobDefinition>): JobDefinition => ({
    job,
    composite_id: 'grp',
    container_template: 'comp_tpl',
    config: '',
    config_name: 'default',
    message: '',
    wait_for_ok: false,
    defer_running_status: 0,
    no_autostart: false,
    restart: false,
    restart_on_dependency_fail: false,
    restart_limit: 0,
    restart_pause: 0,
    depends_on: null,
    exec_cmd: '',
    exec_args: null,
    pgid: 0,
    env: null,
    inherit_env: false,
    die_on_parent_death: false,
    daemonize: false,
    immutable: true,
    ...changes,
  });

  it('reads the definitions of its members on standard input, images expanded for each', async () => {
    const host = await serve();
    const device = await createDevice();
    const image: JobImage = { ...host.add('m1.tar', await tarOf({ index: '' }), 'tar'), version: '1' };
    const m1: JobMember = {
      ...member,
      name: 'm1',
      image,
      definition: definition('m1', {
        exec_cmd: '{{IMAGE}}/m1',
        exec_args: ['{{JOB}}'],
        config: '{"one":"{{IMAGE}}"}',
      }),
    };
    const m2: JobMember = { ...member, name: 'm2', definition: definition('m2', { exec_cmd: '/opt/m2' }) };
    await device.bring(
      shellJob('cat', {
        name: 'grp',
        stdin: { kind: 'composite', processConfig: '{ "debug": true }\n' },
        members: [m1, m2],
      }),
    );
    const text = await waitFor(() => device.stdout('grp').endsWith('}') && device.stdout('grp'));
    const read = JSON.parse(text) as Record<string, unknown>;
    const folder = join(device.dir, 'jobs/images', `${digestHex(image.digest)}.tar`);
    expect(Object.keys(read)).toEqual(['moduleconfigs', 'process_config', 'maestro_user_socket_path']);
    expect(read).toEqual({
      moduleconfigs: {
        m1: { ...m1.definition, exec_cmd: `${folder}/m1`, exec_args: ['m1'] },
        m2: m2.definition,
      },
      process_config: '{ "debug": true }\n',
      maestro_user_socket_path: '/run/fairlead/agent.sock',
    });
  });

  it('leaves out what is empty', async () => {
    const device = await createDevice({ socketPath: '' });
    await device.bring(
      shellJob('cat; echo', { name: 'grp', stdin: { kind: 'composite', processConfig: null } }),
    );
    await waitFor(() => device.stdout('grp') === '{}\n');
  });
});
