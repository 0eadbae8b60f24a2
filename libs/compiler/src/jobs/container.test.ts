// SPDX-License-Identifier: Apache-2.0
import { emptyLock, lockPath } from '@fairlead/spec';
import { containerUnit, parseTarget, plainAttributes } from '@fairlead/target';
import { describe, expect, it } from 'vitest';
import { compiledOf, diagnosticsOf, fleetOf, sha, type Files } from '../commit.fixture.ts';

const digest = `sha256:${sha}` as const;
const docker = (more: object = {}): object => ({
  job: 'web',
  version: '1',
  url: 'nginx:1.27',
  image_type: 'docker',
  ...more,
});
/** A fleet whose lock knows the image. */
const fleetWith = (job: object, template: object = {}, more: object = {}): Files => ({
  ...fleetOf({
    jobs: [
      { job: 'web', container_template: 't', ...job },
      { job: 'db', exec_cmd: '/db' },
    ],
    templates: [{ name: 't', ...template }],
    images: [docker()],
    ...more,
  }),
  [lockPath]: { ...emptyLock, images: { 'docker.io/library/nginx:1.27': { digest, size: 9 } } },
});

async function unitOf(job: object, template: object = {}) {
  const { bodies } = await compiledOf(fleetWith(job, template));
  const parsed = parseTarget([...bodies.values()][0] ?? new Uint8Array());
  if (!parsed.ok) return parsed.error;
  return parsed.value.units.find(({ name }) => name === 'web');
}

const image = { reference: `docker.io/library/nginx@${digest}`, digest, size: 9 };

describe('when the image of a job is of the type docker', () => {
  it('is a container of that image, pinned by the lock, as the engine runs it', async () => {
    expect(await unitOf({})).toEqual(containerUnit({ name: 'web', image }));
  });

  it.each([
    [{ exec_cmd: '/bin/x', exec_args: ['', 'a'] }, {}, ['/bin/x'], ['', 'a']],
    [{ exec_args: ['-v'] }, {}, null, ['-v']],
    [{ exec_args: ['-v'] }, { exec_pre_args: ['p'], exec_post_args: ['q'] }, null, ['p', '-v', 'q']],
    [{ exec_cmd: 'a.py' }, { exec_cmd: 'python', exec_pre_args: ['-v'] }, ['python'], ['-v', 'a.py']],
  ])(
    'runs the command of the job, or gives the image its arguments: %j in %j',
    async (job, template, entrypoint, command) => {
      expect(await unitOf(job, template)).toMatchObject({ entrypoint, command });
    },
  );

  it('takes what job and template say of any process', async () => {
    expect(
      await unitOf(
        {
          env: ['A=job', 'K={{secrets.KEY}}'],
          disabled: true,
          no_autostart: true,
          depends_on: ['db'],
          group: 'staff',
          stop_timeout: 4000,
          restart_limit: 5,
          immutable: true,
        },
        {
          add_env: ['A=template', 'B='],
          user: '1000',
          restart: true,
          cgroup: { mem_limit: 2 ** 26, cpu_limit: 1.5, pids_limit: 32 },
        },
      ),
    ).toEqual(
      containerUnit({
        name: 'web',
        image,
        disabled: true,
        requires: ['db'],
        env: { A: 'job', B: '', K: '{{secrets.KEY}}' },
        user: '1000:staff',
        stop: { signal: null, graceMs: 4000 },
        restart: { kind: 'on-failure', limit: 5, maxPauseMs: null },
        attributes: {
          ...plainAttributes,
          triggers: { boot: false, install: false, intervalSeconds: null },
          resources: { memoryBytes: 2 ** 26, milliCpus: 1500, pids: 32 },
        },
      }),
    );
    expect(await unitOf({ restart: true })).toMatchObject({ restart: { kind: 'always' } });
  });

  it('can be depended on by a job', async () => {
    const files = fleetWith(
      {},
      {},
      { jobs: [{ job: 'web' }, { job: 'a', exec_cmd: 'x', depends_on: ['web'] }] },
    );
    expect(await diagnosticsOf(files)).toEqual([]);
  });

  it.each([
    [{ message: 'x' }, {}, 'not-for-containers'],
    [{ wait_for_ok: true }, {}, 'not-for-containers'],
    [{}, { uses_ok_string: true }, 'not-for-containers'],
    [{ defer_running_status: 500 }, {}, 'not-for-containers'],
    [{}, { inherit_env: true }, 'not-for-containers'],
    [{ die_on_parent_death: true }, {}, 'not-for-containers'],
    [{ daemonize: true }, {}, 'not-for-containers'],
    [{ restart: true, restart_pause: 5000 }, {}, 'not-for-containers'],
    [{}, { send_grease_origin_id: true }, 'not-for-containers'],
    [{}, { chrootimage: true }, 'not-for-containers'],
    [{}, { chroot_path: '/srv' }, 'not-for-containers'],
    [{ group: 'staff' }, {}, 'conflicting-settings'],
    [{ exec_args: ['{{IMAGE}}/x'] }, {}, 'placeholder-misplaced'],
    [{}, { add_env: ['A={{CONFIG}}'] }, 'placeholder-misplaced'],
    [{ composite_id: 'g' }, { exec_cmd: 'x' }, 'composite-invalid'],
  ])('refuses %j with %j', async (job, template, code) => {
    expect(
      (await diagnosticsOf(fleetWith(job, template))).map((one) => `${one.severity} ${one.code}`),
    ).toEqual([`error ${code}`]);
  });

  it.each([
    [{ images: [docker({ url: 'nginx:1.28' })] }, 'reference-unlocked'],
    [{ images: [docker({ url: 'https://example.org/a.tar' })] }, 'invalid-value'],
    [{ images: [docker({ size: 9 })] }, 'conflicting-settings'],
    [{ images: [docker({ checksum: { type: 'sha256sum', value: sha } })] }, 'conflicting-settings'],
    [{ images: [docker()], configs: [{ name: 'default', job: 'web', data: '' }] }, 'not-for-containers'],
  ])('refuses %j', async (more, code) => {
    const errors = (await diagnosticsOf(fleetWith({}, {}, more))).filter(
      ({ severity }) => severity === 'error',
    );
    expect(errors.map((one) => one.code)).toEqual([code]);
  });
});
