// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { diagnosticsOf, fleetOf, image, remarksOn, unitsOf } from '../commit.fixture.ts';

const member = (job: string, more: object = {}): object => ({
  job,
  composite_id: 'grp',
  container_template: 't',
  ...more,
});
const template = (more: object = {}): object => ({ name: 't', exec_cmd: '/bin/run', ...more });
const unitOf = async (jobs: readonly object[], more: object = {}, rest: object = {}) =>
  (await unitsOf({ jobs, templates: [template(more)], ...rest }))['grp'];

describe('when jobs share a composite id', () => {
  it('makes one unit whose command and environment are those of the template', async () => {
    const unit = await unitOf(
      [member('m2', { exec_cmd: '/m2', env: ['X=1'] }), member('m1', { exec_cmd: '/m1', exec_args: ['a'] })],
      { exec_pre_args: ['PRE'], exec_post_args: ['POST'], add_env: ['E=1'] },
    );
    expect(unit).toMatchObject({
      name: 'grp',
      program: '/bin/run',
      args: ['PRE', 'POST'],
      env: { E: '1' },
      stdin: { kind: 'none' },
    });
    expect(unit?.members.map(({ name }) => name)).toEqual(['m1', 'm2']);
  });

  it('sends the definitions of its members, as they state themselves, where the template says so', async () => {
    const unit = await unitOf(
      [member('m1', { exec_cmd: '/m1', restart: true, restart_limit: 2, config: 'one' }), member('m2')],
      { send_composite_jobs_to_stdin: true, composite_config: '{}', restart_pause: 500, add_env: ['E=1'] },
      { configs: [{ name: 'one', job: 'm1', data: 'eyJhIjoxfQ==', encoding: 'base64' }] },
    );
    expect(unit?.stdin).toEqual({ kind: 'composite', processConfig: '{}' });
    expect(unit?.members.map(({ definition }) => definition)).toMatchObject([
      {
        job: 'm1',
        config: '{"a":1}',
        config_name: 'one',
        restart: true,
        restart_limit: 2,
        restart_pause: 0,
        exec_cmd: '/m1',
        env: null,
      },
      { job: 'm2', config: '', config_name: 'default', restart: false, depends_on: null, exec_args: null },
    ]);
    expect(Object.keys(unit?.members[0]?.definition ?? {})).toHaveLength(22);
  });

  it.each([
    [
      'any wish for a restart',
      [{ restart: true, restart_limit: 2 }, {}],
      { enabled: true, limit: 2, pauseMs: 0, onDependencyFail: false },
    ],
    [
      'the largest limit and pause',
      [
        { restart: true, restart_limit: 2, restart_pause: 5000 },
        { restart: true, restart_limit: 9 },
      ],
      { enabled: true, limit: 9, pauseMs: 5000, onDependencyFail: false },
    ],
    [
      'no limit over any',
      [
        { restart: true, restart_limit: 2 },
        { restart: true, restart_limit: 0 },
      ],
      { enabled: true, limit: 0, pauseMs: 0, onDependencyFail: false },
    ],
    [
      'no wish at all',
      [{ restart_limit: 4 }, { restart_on_dependency_fail: true }],
      { enabled: false, limit: 0, pauseMs: 0, onDependencyFail: true },
    ],
  ])('combines %s', async (_what, [one, two], restart) => {
    expect((await unitOf([member('m1', one), member('m2', two)]))?.restart).toEqual(restart);
  });

  it('leaves disabled members out, and is disabled when all are', async () => {
    const some = await unitOf([
      member('m1', { disabled: true, restart: true, depends_on: ['z'] }),
      member('m2'),
      { job: 'z', exec_cmd: 'x' },
    ]);
    expect(some).toMatchObject({ disabled: false, requires: [], restart: { enabled: false } });
    expect(some?.members.map(({ name }) => name)).toEqual(['m2']);
    expect(await unitOf([member('m1', { disabled: true }), member('m2', { disabled: true })])).toMatchObject({
      disabled: true,
      members: [],
    });
  });

  it('needs what any member or the template needs, and gives each its image', async () => {
    const bases = ['x', 'y'].map((job) => ({ job, exec_cmd: 'x' }));
    const unit = await unitOf(
      [member('m1', { depends_on: ['y'] }), member('m2'), ...bases],
      { depends_on: ['x'] },
      { images: [image('m1')] },
    );
    expect(unit?.requires).toEqual(['x', 'y']);
    expect(unit?.members.map((one) => one.image?.version ?? null)).toEqual(['1', null]);
  });

  it('can be depended on by the name of a member or its own', async () => {
    const units = await unitsOf({
      jobs: [
        member('m1'),
        { job: 'a', exec_cmd: 'x', depends_on: ['m1'] },
        { job: 'b', exec_cmd: 'x', depends_on: ['grp'] },
      ],
      templates: [template()],
    });
    expect([units['a']?.requires, units['b']?.requires]).toEqual([['grp'], ['grp']]);
  });
});

describe('when a composite is not well formed', () => {
  it.each([
    ['no template', { jobs: [{ job: 'x', composite_id: 'g', exec_cmd: 'y' }] }, ['error composite-invalid']],
    [
      'different templates',
      {
        jobs: [member('m1'), member('m2', { container_template: 'u' })],
        templates: [template(), { name: 'u', exec_cmd: 'x' }],
      },
      ['error composite-invalid'],
    ],
    [
      'a message',
      { jobs: [member('m1', { message: 'm' })], templates: [template()] },
      ['error composite-invalid'],
    ],
    [
      'a template without a program',
      { jobs: [member('m1')], templates: [{ name: 't' }] },
      ['error composite-invalid'],
    ],
    [
      'an unknown template',
      { jobs: [member('m1'), member('m2')] },
      ['error template-undefined', 'error template-undefined'],
    ],
    [
      'two users',
      { jobs: [member('m1', { user: 'a' }), member('m2', { user: 'b' })], templates: [template()] },
      ['error composite-invalid'],
    ],
    [
      'a job of its name',
      { jobs: [member('m1'), { job: 'grp', exec_cmd: 'x' }], templates: [template()] },
      ['error duplicate-definition'],
    ],
  ])('refuses %s', async (_what, running, remarks) => {
    expect(await remarksOn(running)).toEqual(remarks);
  });
});

describe('when jobs depend on each other', () => {
  const told = async (running: object) =>
    (await diagnosticsOf(fleetOf(running))).map(({ code, message }) => `${code}: ${message}`);
  const job = (name: string, ...needs: readonly string[]): object => ({
    job: name,
    exec_cmd: 'x',
    depends_on: needs,
  });

  it('names a cycle in full', async () => {
    expect(await told({ jobs: [job('x', 'y'), job('y', 'z'), job('z', 'x')] })).toEqual([
      'dependency-cycle: dependencies form a cycle: x → y → z → x',
    ]);
    expect(await told({ jobs: [job('x', 'x')] })).toEqual([
      'dependency-cycle: dependencies form a cycle: x → x',
    ]);
  });

  it('sees cycles between members, between groups, and by way of templates', async () => {
    expect(
      await told({ jobs: [member('m1'), member('m2', { depends_on: ['m1'] })], templates: [template()] }),
    ).toEqual(['dependency-cycle: dependencies form a cycle: grp (m1, m2) → grp (m1, m2)']);
    expect(
      await told({ jobs: [member('m1'), job('b', 'm1')], templates: [template({ depends_on: ['b'] })] }),
    ).toEqual(['dependency-cycle: dependencies form a cycle: b → grp (m1) → b']);
  });

  it('finds each cycle of several', async () => {
    expect(
      await told({ jobs: [job('a', 'b'), job('b', 'a'), job('c', 'd'), job('d', 'c'), job('e', 'a')] }),
    ).toHaveLength(2);
  });

  it('refuses what does not exist, also in a template that is used', async () => {
    expect(await told({ jobs: [job('sensor'), job('x', 'sensro')] })).toEqual([
      "dependency-unknown: the job 'x' depends on 'sensro', which does not exist",
    ]);
    expect(
      await remarksOn({ jobs: [member('m1')], templates: [template({ depends_on: ['ghost'] })] }),
    ).toEqual(['error dependency-unknown']);
    expect(await remarksOn({ templates: [template({ depends_on: ['ghost'] })] })).toEqual([]);
  });

  it('takes long chains, and refuses more units than a device takes', async () => {
    const chain = (length: number): object => ({
      jobs: Array.from({ length }, (_, index) =>
        job(`j${String(index)}`, ...(index === 0 ? [] : [`j${String(index - 1)}`])),
      ),
    });
    expect(await remarksOn(chain(1_000))).toEqual([]);
    expect(await remarksOn(chain(1_001))).toEqual(['error too-many']);
    const crowd = Array.from({ length: 1_001 }, (_, index) => member(`m${String(index)}`));
    expect(await remarksOn({ jobs: crowd, templates: [template()] })).toEqual(['error too-many']);
  });
});
