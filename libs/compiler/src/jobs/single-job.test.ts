// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { plainAttributes } from '@fairlead/target';
import { image, remarksOn, sha, unitsOf } from '../commit.fixture.ts';

const job = (more: object = {}): object => ({ job: 'a', container_template: 't', ...more });
const template = (more: object = {}): object => ({ name: 't', ...more });
const both = async (jobMore: object, templateMore: object) =>
  (await unitsOf({ jobs: [job(jobMore)], templates: [template(templateMore)] }))['a'];

describe('when a job has no template', () => {
  it('runs its own command with the defaults of the language', async () => {
    expect(
      (await unitsOf({ jobs: [{ job: 'a', exec_cmd: '/bin/a', exec_args: ['', 'x y', '-z'] }] }))['a'],
    ).toEqual({
      domain: 'jobs',
      name: 'a',
      disabled: false,
      autostart: true,
      requires: [],
      program: '/bin/a',
      args: ['', 'x y', '-z'],
      env: {},
      inheritEnv: false,
      originId: false,
      daemonize: false,
      dieWithAgent: false,
      stdin: { kind: 'none' },
      ready: { kind: 'started' },
      restart: { enabled: false, limit: 0, pauseMs: 0, onDependencyFail: false },
      stop: { graceMs: null },
      user: null,
      group: null,
      memoryLimit: null,
      chroot: { kind: 'none' },
      members: [{ name: 'a', image: null, configs: [], config: null, definition: null }],
    });
  });

  it('looks for {{IMAGE}} in the texts around what is none', async () => {
    expect(await remarksOn({ jobs: [{ job: 'a', exec_cmd: '/a', exec_args: [5, '{{IMAGE}}'] }] })).toEqual([
      'error wrong-type',
      'error image-undefined',
    ]);
  });

  it('asks for a program', async () => {
    expect(await remarksOn({ jobs: [{ job: 'a' }] })).toContain('error missing-command');
    expect(await remarksOn({ jobs: [job()], templates: [template()] })).toContain('error missing-command');
  });
});

describe('when job and template give the command', () => {
  it.each([
    [
      { exec_cmd: '/bin/j', exec_args: ['1', ''] },
      { exec_cmd: '/bin/t', exec_pre_args: ['p'], exec_post_args: ['q'] },
      ['/bin/t', 'p', '/bin/j', '1', '', 'q'],
    ],
    [
      { exec_args: ['1'] },
      { exec_cmd: '/bin/t', exec_pre_args: ['p'], exec_post_args: ['q'] },
      ['/bin/t', 'p', '1', 'q'],
    ],
    [{ exec_cmd: '', exec_args: ['1'] }, { exec_cmd: '/bin/t' }, ['/bin/t', '', '1']],
    [
      { exec_cmd: '{{CWD}}/testscript2.py' },
      { exec_cmd: '/usr/bin/python', exec_pre_args: ['-v'] },
      ['/usr/bin/python', '-v', '{{CWD}}/testscript2.py'],
    ],
    [
      { exec_cmd: '/bin/j', exec_args: ['1'] },
      { exec_pre_args: ['p'], exec_post_args: ['q'] },
      ['/bin/j', 'p', '1', 'q'],
    ],
    [{ exec_cmd: '/bin/j' }, { exec_cmd: '', exec_pre_args: ['p'] }, ['/bin/j', 'p']],
  ])('%j in %j runs %j', async (jobMore, templateMore, argv) => {
    const unit = await both(jobMore, templateMore);
    expect([unit?.program, ...(unit?.args ?? [])]).toEqual(argv);
  });
});

describe('when job and template state the same key', () => {
  it('takes what the job states, also no and zero, and inherits the rest', async () => {
    const preset = {
      exec_cmd: 'x',
      restart: true,
      restart_limit: 5,
      restart_pause: 2000,
      restart_on_dependency_fail: true,
      inherit_env: true,
      die_on_parent_death: true,
      defer_running_status: 100,
      user: 'u',
      group: 'g',
      stop_timeout: 3000,
    };
    const stated = {
      restart_limit: 0,
      restart_pause: 0,
      inherit_env: false,
      die_on_parent_death: false,
      defer_running_status: 0,
      user: 'v',
      stop_timeout: 1,
      restart_on_dependency_fail: false,
    };
    expect(await both({}, preset)).toMatchObject({
      restart: { enabled: true, limit: 5, pauseMs: 2000, onDependencyFail: true },
      inheritEnv: true,
      dieWithAgent: true,
      ready: { kind: 'delay', ms: 100 },
      user: 'u',
      group: 'g',
      stop: { graceMs: 3000 },
    });
    expect(await both(stated, preset)).toMatchObject({
      restart: { enabled: true, limit: 0, pauseMs: 0, onDependencyFail: false },
      inheritEnv: false,
      dieWithAgent: false,
      ready: { kind: 'started' },
      user: 'v',
      group: 'g',
      stop: { graceMs: 1 },
    });
    expect((await both({ restart: false }, preset))?.restart.enabled).toBe(false);
  });

  it.each([
    [{}, {}, 'started'],
    [{}, { uses_ok_string: true }, 'ok-string'],
    [{}, { uses_ok_string: false }, 'started'],
    [{ wait_for_ok: true }, {}, 'ok-string'],
    [{ wait_for_ok: true }, { uses_ok_string: false }, 'ok-string'],
    [{ wait_for_ok: true }, { uses_ok_string: true }, 'ok-string'],
    [{ wait_for_ok: false }, {}, 'started'],
    [{ wait_for_ok: false }, { uses_ok_string: true }, 'started'],
  ])('by the OK string, what the job states counts: %j in %j is %s', async (stated, preset, kind) => {
    expect((await both(stated, { exec_cmd: 'x', timeout_for_ok: 900, ...preset }))?.ready).toEqual(
      kind === 'started' ? { kind } : { kind, timeoutMs: 900 },
    );
  });

  it('warns of two ways to be ready', async () => {
    expect(
      await remarksOn({
        jobs: [job({ wait_for_ok: true, defer_running_status: 5 })],
        templates: [template({ exec_cmd: 'x' })],
      }),
    ).toContain('warning conflicting-settings');
  });

  it('puts the environment of the job over that of the template, one value each', async () => {
    expect(
      (await both({ env: ['A=job', 'C=', 'D=1=2'] }, { exec_cmd: 'x', add_env: ['A=template', 'B=b'] }))?.env,
    ).toEqual({ A: 'job', B: 'b', C: '', D: '1=2' });
  });

  it('needs what either needs', async () => {
    const others = ['b', 'c'].map((name) => ({ job: name, exec_cmd: 'x' }));
    expect(
      (
        await unitsOf({
          jobs: [job({ depends_on: ['c'] }), ...others],
          templates: [template({ exec_cmd: 'x', depends_on: ['b', 'c'] })],
        })
      )['a']?.requires,
    ).toEqual(['b', 'c']);
  });
});

describe('when a job has a message, a limit or a root folder', () => {
  it('carries them', async () => {
    expect((await unitsOf({ jobs: [{ job: 'a', exec_cmd: 'x', message: 'hi\n' }] }))['a']?.stdin).toEqual({
      kind: 'message',
      text: 'hi\n',
    });
    expect(
      await both(
        {},
        { exec_cmd: 'x', cgroup: { mem_limit: 1024 }, send_grease_origin_id: true, chroot_path: '/srv' },
      ),
    ).toMatchObject({
      memoryLimit: 1024,
      originId: true,
      chroot: { kind: 'path', path: '/srv' },
    });
  });

  it.each([
    [{ cpu_limit: 0.5 }, { milliCpus: 500, pids: null }],
    [
      { cpu_limit: 2, pids_limit: 64 },
      { milliCpus: 2000, pids: 64 },
    ],
    [
      { pids_limit: 1, mem_limit: 2 ** 30 },
      { milliCpus: null, pids: 1 },
    ],
    [{ cpu_limit: 1e-9 }, { milliCpus: 1, pids: null }],
  ])('bounds what it takes by %j, beside memory', async (cgroup, limits) => {
    const unit = await both({}, { exec_cmd: 'x', cgroup });
    expect(unit?.memoryLimit).toBe('mem_limit' in cgroup ? cgroup.mem_limit : null);
    expect(unit?.attributes).toEqual({
      ...plainAttributes,
      resources: { memoryBytes: null, ...limits },
    });
  });

  it('takes no limits as none, and refuses what is none', async () => {
    const none = { mem_limit: 0, cpu_limit: 0, pids_limit: 0 };
    const unit = await both({}, { exec_cmd: 'x', cgroup: none });
    expect([unit?.memoryLimit, unit?.attributes]).toEqual([null, undefined]);
    for (const wrong of [
      { cpu_limit: -1 },
      { cpu_limit: 5000 },
      { pids_limit: 0.5 },
      { cpu_limit: '1' },
      { cpus: 1 },
    ]) {
      expect(await remarksOn({ templates: [template({ cgroup: wrong })] })).toHaveLength(1);
    }
  });

  it.each(['chroot_image', 'chrootimage', 'ChrootImage'])(
    'makes the image the root by %s, and refuses that without an image',
    async (key) => {
      const running = { jobs: [job()], templates: [template({ exec_cmd: 'x', [key]: true })] };
      expect((await unitsOf({ ...running, images: [image('a')] }))['a']?.chroot).toEqual({ kind: 'image' });
      expect(await remarksOn(running)).toContain('error conflicting-settings');
    },
  );

  it('takes every field without effect, and says so where that may surprise', async () => {
    const full = {
      jobs: [
        {
          job: 'a',
          exec_cmd: 'x',
          pgid: 4,
          immutable: true,
          daemonize: true,
          no_autostart: true,
          disabled: true,
          restart_pause: 90,
        },
      ],
      date: 1,
      op: 'update',
      flags: ['failFast'],
      taskID: 't',
      statusEndpoint: 'e',
    };
    expect((await unitsOf(full))['a']).toMatchObject({ disabled: true, autostart: false, daemonize: true });
    expect(await remarksOn(full)).toEqual(['warning no-effect', 'note no-effect', 'note suspicious-value']);
  });
});

describe('when a job has an image', () => {
  it.each([
    ['tarball', 'tar'],
    ['devicejs_tarball', 'tar'],
    ['zip', 'zip'],
    ['devicejs_zip', 'zip'],
  ])('takes %s as %s', async (type, format) => {
    const units = await unitsOf({
      jobs: [{ job: 'a', exec_cmd: 'x' }],
      images: [image('a', { image_type: type, checksum: { type: 'sha256sum', value: sha.toUpperCase() } })],
    });
    expect(units['a']?.members[0]?.image).toEqual({
      url: 'https://example.org/a.tar',
      digest: `sha256:${sha}`,
      size: 10,
      format,
      version: '1',
    });
  });

  it.each([
    [{ url: 'file:///a' }, ['error invalid-value']],
    [{ url: 'a.tar' }, ['error invalid-value']],
    [{ size: 0 }, ['error reference-unlocked']],
    [{ checksum: undefined }, ['error reference-unlocked']],
    [{ checksum: { type: 'sha256sum', value: sha.slice(1) } }, ['error invalid-checksum']],
    [{ checksum: { type: 'sha256sum', value: `${sha.slice(1)}g` } }, ['error invalid-checksum']],
    [{ checksum: { type: 'md5sum', value: sha } }, ['error invalid-checksum']],
    [
      { checksum: { type: 'md5sum', value: sha.slice(32) } },
      ['error reference-unlocked', 'warning weak-checksum'],
    ],
    [{ checksum: { type: 'crc32', value: '0' } }, ['error invalid-value']],
    [{ image_type: 'deb' }, ['error invalid-value']],
    [{ job: 'b' }, ['error job-undefined']],
  ])('judges %j as %j', async (more, remarks) => {
    expect(await remarksOn({ jobs: [{ job: 'a', exec_cmd: 'x' }], images: [image('a', more)] })).toEqual(
      remarks,
    );
  });
});
