// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import type { EngineState } from '@fairlead/engine';
import { createTarget, type JobMember } from '@fairlead/target';
import { jobUnit } from '@fairlead/target/testing';
import { describe, expect, it } from 'vitest';
import { jobConfigs, jobTable } from './local-jobs.ts';

const digest = sha256('hello');
const file = { url: 'https://files.example/x', path: 'etc/x', digest, size: 5, format: 'file' as const };
const configs = [
  { name: 'default', data: '{}', encoding: 'utf8' as const, files: [file] },
  { name: 'spare', data: null, encoding: 'base64' as const, files: [] },
];
const member = (name: string): JobMember => ({
  name,
  image: null,
  configs: [],
  config: null,
  definition: null,
});

const alone = jobUnit({
  name: 'alone',
  requires: ['group'],
  program: '/bin/sh',
  args: ['-c', 'true'],
  env: { B: '2', A: '1' },
  ready: { kind: 'ok-string', timeoutMs: 500 },
  restart: { enabled: true, limit: 3, pauseMs: 100, onDependencyFail: true },
  stdin: { kind: 'message', text: 'hello ENDCONFIG' },
  members: [{ ...member('alone'), configs, config: 'default' }],
});
const group = jobUnit({ name: 'group', members: [member('one'), member('two')] });
const target = createTarget([alone, group]);
const state: EngineState = {
  committed: null,
  desired: null,
  activity: { kind: 'idle' },
  pending: null,
  failed: null,
  drift: [],
  resting: [],
  units: [
    {
      domain: 'jobs',
      name: 'group',
      digest,
      staged: [],
      condition: { kind: 'running' },
      process: { pid: 12, restarts: 2 },
    },
  ],
};

describe('when jobs are listed', () => {
  it('tells of each as Maestro does, and of a group the process that its members share', () => {
    const table = jobTable(target, state);
    expect(Object.keys(table).sort()).toEqual(['alone', 'one', 'two']);
    expect(table['one']).toMatchObject({
      status: 'RUNNING',
      pid: '12',
      restarts: '2',
      compositeId: 'group',
      unit: 'group',
      execPath: '/bin/true',
      def: { job: 'one', composite_id: 'group', depends_on: null, exec_args: null, env: null },
    });
    expect(table['alone']).toMatchObject({ status: 'NEVER_RAN', pid: '0', restarts: '0', compositeId: '' });
    expect(table['alone']?.def).toEqual({
      job: 'alone',
      composite_id: '',
      container_template: '',
      config: '{}',
      config_name: 'default',
      message: 'hello ENDCONFIG',
      wait_for_ok: true,
      defer_running_status: 0,
      no_autostart: false,
      restart: true,
      restart_on_dependency_fail: true,
      restart_limit: 3,
      restart_pause: 100,
      depends_on: ['group'],
      exec_cmd: '/bin/sh',
      exec_args: ['-c', 'true'],
      pgid: 0,
      env: expect.arrayContaining(['A=1', 'B=2']) as unknown,
      inherit_env: false,
      die_on_parent_death: false,
      daemonize: false,
      immutable: false,
    });
  });
});

describe('when configs are listed', () => {
  it('tells of each with its files, and of none where there is none', () => {
    const [main, spare] = jobConfigs(target, null, null) ?? [];
    expect(main).toEqual({
      name: 'default',
      job: 'alone',
      data: '{}',
      encoding: 'utf8',
      files: [
        {
          url: file.url,
          dest_relative_path: 'etc/x',
          size: 5,
          checksum: { type: 'sha256sum', value: digest.slice('sha256:'.length) },
        },
      ],
      mod_time: '',
    });
    expect(spare).toMatchObject({ name: 'spare', data: '', encoding: 'base64', files: null });
    expect(jobConfigs(target, 'alone', 'spare')).toEqual([spare]);
    expect(jobConfigs(target, 'alone', 'none')).toEqual([]);
    expect(jobConfigs(target, 'one', null)).toEqual([]);
    expect(jobConfigs(target, 'nobody', null)).toBeNull();
  });
});
