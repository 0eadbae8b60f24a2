// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { checkRunningConfig } from './check-running.ts';
import { bytesOf, image } from './commit.fixture.ts';

const check = (parts: object) => {
  const { diagnostics, value } = checkRunningConfig('r.json', bytesOf({ config: 'running', ...parts }));
  return { value, told: diagnostics.map(({ severity, code }) => `${severity} ${code}`), diagnostics };
};

describe('when a running config is checked alone', () => {
  it('merges templates into jobs, and writes every default out', () => {
    const { value, told } = check({
      date: 7,
      jobs: [
        {
          job: 'b',
          container_template: 't',
          exec_cmd: '{{IMAGE}}/b',
          env: ['A=job'],
          restart: false,
          depends_on: ['a'],
        },
        { job: 'a', exec_cmd: '/bin/a', exec_args: ['', 'x'], config_name: 'c' },
      ],
      templates: [
        {
          name: 't',
          exec_cmd: 'python3',
          exec_pre_args: ['-v'],
          exec_post_args: ['--'],
          add_env: ['A=template', 'B={{vars.SITE}}'],
          restart: true,
          stop_timeout: 5000,
          uses_ok_string: true,
          timeout_for_ok: 9000,
          ChrootImage: true,
          cgroup: { cpu_limit: 0.5 },
        },
      ],
      images: [image('b', { image_type: 'devicejs_zip' })],
      configs: [{ name: 'c', job: 'a', data: '', encoding: '' }],
    });
    expect(told).toEqual(['note command-wrapped']);
    const plain = {
      composite_id: '',
      send_composite_jobs_to_stdin: false,
      composite_config: '',
      inherit_env: false,
      message: '',
      send_grease_origin_id: false,
      disabled: false,
      no_autostart: false,
      defer_running_status: 0,
      restart: false,
      restart_limit: 0,
      restart_pause: 0,
      restart_on_dependency_fail: false,
      die_on_parent_death: false,
      daemonize: false,
      user: null,
      group: null,
      chroot_path: '',
    };
    expect(value?.jobs).toEqual([
      {
        ...plain,
        job: 'a',
        container_template: '',
        argv: ['/bin/a', '', 'x'],
        env: [],
        config: 'c',
        depends_on: [],
        wait_for_ok: false,
        timeout_for_ok: 0,
        stop_timeout: null,
        cgroup: { mem_limit: 0, cpu_limit: 0, pids_limit: 0 },
        chroot_image: false,
      },
      {
        ...plain,
        job: 'b',
        container_template: 't',
        argv: ['python3', '-v', '{{IMAGE}}/b', '--'],
        env: ['A=job', 'B={{vars.SITE}}'],
        config: null,
        depends_on: ['a'],
        wait_for_ok: true,
        timeout_for_ok: 9000,
        stop_timeout: 5000,
        cgroup: { mem_limit: 0, cpu_limit: 0.5, pids_limit: 0 },
        chroot_image: true,
      },
    ]);
    expect(value).toMatchObject({
      config: 'running',
      date: 7,
      op: 'update',
      flags: [],
      templates: [{ name: 't', chroot_image: true, restart_limit: 0, user: null }],
      images: [{ job: 'b', image_type: 'devicejs_zip', size: 10 }],
      configs: [{ job: 'a', name: 'c', data: '', encoding: 'utf8', files: [] }],
    });
  });

  it('shows the members of a composite with the command of their process', () => {
    const member = { composite_id: 'g', container_template: 't' };
    const { value } = check({
      jobs: [
        { job: 'm1', ...member, exec_cmd: '/m1', env: ['A=1'] },
        { job: 'm2', ...member, disabled: true },
      ],
      templates: [
        {
          name: 't',
          exec_cmd: 'node',
          exec_pre_args: ['r.mjs'],
          add_env: ['E=e'],
          send_composite_jobs_to_stdin: true,
        },
      ],
    });
    expect(value?.jobs).toMatchObject([
      { job: 'm1', argv: ['node', 'r.mjs'], env: ['E=e'], send_composite_jobs_to_stdin: true },
      { job: 'm2', argv: ['node', 'r.mjs'], disabled: true },
    ]);
  });

  it('warns of what it lacks: that may stand in another source of its group, or in the lock', () => {
    const { value, told, diagnostics } = check({
      jobs: [{ job: 'a', container_template: 'shared', depends_on: ['pod-unit'], config: 'c' }],
      images: [image('b'), image('a', { checksum: undefined })],
    });
    expect(told).toEqual([
      'warning template-undefined',
      'warning dependency-unknown',
      'warning config-undefined',
      'warning job-undefined',
      'warning reference-unlocked',
    ]);
    expect(diagnostics[0]?.hint).toContain('fairlead check looks at all sources');
    expect(value?.jobs).toMatchObject([{ job: 'a', argv: null, config: null, depends_on: ['pod-unit'] }]);
  });

  it('leaves variables as written, and says nothing of what hangs on them', () => {
    const { value, told } = check({
      jobs: [{ job: 'a', exec_cmd: '{{vars.CMD}}', user: '{{vars.USER}}' }],
      images: [image('a', { url: '{{vars.HOST}}/a.tar', checksum: undefined })],
    });
    expect(told).toEqual([]);
    expect(value?.jobs).toMatchObject([{ argv: ['{{vars.CMD}}'], user: '{{vars.USER}}' }]);
  });

  it('has no value where something is an error', () => {
    expect(check({ jobs: [{ job: 'a' }] })).toMatchObject({
      value: undefined,
      told: ['error missing-command'],
    });
    expect(checkRunningConfig('r.json', bytesOf('{'))).toMatchObject({
      value: undefined,
      diagnostics: [{ code: 'json-syntax' }],
    });
  });
});
