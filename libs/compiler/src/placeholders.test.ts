// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { diagnosticsOf, fleetId, fleetOf, image, remarksOn, unitsOf } from './commit.fixture.ts';

const argsOf = (...args: readonly string[]): object => ({
  config: 'running',
  jobs: [{ job: 'a', exec_cmd: 'x', exec_args: args }],
});

/** Two jobs in one process. */
const composite = (template: object, images: readonly object[]): object => ({
  jobs: ['m1', 'm2'].map((job) => ({ job, composite_id: 'g', container_template: 't' })),
  templates: [{ name: 't', exec_cmd: 'x', ...template }],
  images,
});

describe('when a running config uses other placeholders', () => {
  it('leaves the device its names and its secrets', async () => {
    const args = ['{{IMAGE}}/a', '{{CONFIG}}', '{{JOB}}', '{{THISDIR}}', '{{CWD}}', '{{thisdir}}', '{{cwd}}'];
    const running = {
      jobs: [
        {
          job: 'a',
          exec_cmd: '{{CWD}}/x',
          exec_args: args,
          message: '{{secrets.A}}',
          env: ['K={{ secrets.B-1 }}'],
        },
      ],
      images: [image('a')],
      configs: [{ name: 'default', job: 'a', data: '{"token":"{{secrets.TOKEN}}"}' }],
    };
    const unit = (await unitsOf(running))['a'];
    expect(unit).toMatchObject({
      program: '{{CWD}}/x',
      args,
      env: { K: '{{ secrets.B-1 }}' },
      stdin: { text: '{{secrets.A}}' },
    });
    expect(unit?.members[0]?.configs[0]?.data).toBe('{"token":"{{secrets.TOKEN}}"}');
  });

  it.each([
    [{ jobs: [{ job: 'a', exec_cmd: '{{secrets.A}}' }] }, 'secret-exposed'],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', exec_args: ['--key={{secrets.A}}'] }] }, 'secret-exposed'],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', env: ['{{secrets.A}}=x'] }] }, 'secret-exposed'],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', env: ['K={{secrets.a b}}'] }] }, 'placeholder-unknown'],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', env: ['K={{secrets.../x}}'] }] }, 'placeholder-unknown'],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', user: '{{secrets.A}}' }] }, 'placeholder-misplaced'],
    [
      { jobs: [{ job: 'a', exec_cmd: 'x' }], images: [image('a', { url: 'https://{{secrets.A}}/x' })] },
      'placeholder-misplaced',
    ],
    [
      { jobs: [{ job: 'a', exec_cmd: 'x' }], images: [image('a', { url: 'https://h/{{JOB}}' })] },
      'placeholder-misplaced',
    ],
    [
      { jobs: [{ job: 'a', exec_cmd: 'x' }], configs: [{ name: '{{vars.A}}', job: 'a' }] },
      'placeholder-misplaced',
    ],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', message: '{{ secrets.a/b }}' }] }, 'placeholder-unknown'],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', message: 'a {{vars.{{vars.B}}}}' }] }, 'placeholder-unknown'],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', exec_args: ['{{vars.{{vars.B}}}}'] }] }, 'placeholder-unknown'],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', exec_args: ['{{IMAGE'] }] }, 'placeholder-unknown'],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', restart_limit: '{{vars.B}}' }] }, 'wrong-type'],
    [{ jobs: [{ job: '{{vars.B}}', exec_cmd: 'x' }] }, 'invalid-name'],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', '{{vars.B}}': 1 }] }, 'unknown-key'],
    [
      {
        jobs: [{ job: 'a', exec_cmd: 'x' }],
        configs: [{ name: 'default', job: 'a', encoding: 'base64', data: '{{secrets.A}}' }],
      },
      'invalid-value',
    ],
  ])('refuses in %j what has no place there: %s', async (running, code) => {
    const found = await diagnosticsOf({
      ...fleetOf(running),
      'fleet.json': {
        id: fleetId,
        vars: { A: 'a', B: 'b' },
        groups: { g: { 'running-config': ['running/0.json'] } },
      },
    });
    expect(found.map(({ severity, code: told }) => `${severity} ${told}`)).toContain(`error ${code}`);
    expect(found.filter(({ severity }) => severity === 'error')).toHaveLength(1);
  });

  it.each([
    [
      { jobs: [{ job: 'a', exec_cmd: '{{IMAGE}}/x' }] },
      'image-undefined',
      '{{IMAGE}} means nothing here: the job',
    ],
    [
      {
        jobs: [{ job: 'a', exec_cmd: 'x', container_template: 't' }],
        templates: [{ name: 't', add_env: ['A={{ IMAGE }}'] }],
      },
      'image-undefined',
      '{{ IMAGE }} means',
    ],
    [
      composite({ exec_pre_args: ['{{IMAGE}}'] }, [
        image('m1'),
        image('m2', { checksum: { type: 'sha256sum', value: '0'.repeat(64) } }),
      ]),
      'placeholder-misplaced',
      'different images',
    ],
    [composite({ exec_pre_args: ['{{IMAGE}}'] }, []), 'image-undefined', 'no job of the composite'],
    [composite({ exec_pre_args: ['{{CONFIG}}'] }, []), 'placeholder-misplaced', 'config folder of its own'],
  ])('refuses in %j what the device could not fill in: %s', async (running, code, told) => {
    const found = await diagnosticsOf(fleetOf(running));
    expect(found.filter(({ severity }) => severity === 'error')).toEqual([
      expect.objectContaining({ code, message: expect.stringContaining(told) }),
    ]);
  });

  it('lets a composite have what is one for all its jobs', async () => {
    const args = { exec_pre_args: ['{{IMAGE}}/{{JOB}}'] };
    expect(await remarksOn(composite(args, [image('m1'), image('m2')]))).toEqual([]);
  });

  it('takes braces that open nothing', async () => {
    const args = ['{"a":{"b":1}}', '}}', '{', '{ {'];
    expect((await unitsOf(argsOf(...args)))['a']?.args).toEqual(args);
  });

  it.each([
    '{{NOPE}}',
    '{{IMAGES}}',
    '{{image}}',
    '{{}}',
    '{{#FRUIT}}',
    '{{&FRUIT}}',
    '{{vars.}}',
    '{{vars.A B}}',
    '{{secret.A}}',
  ])('refuses %s in a command', async (text) => {
    expect(await remarksOn(argsOf(text))).toEqual(['error placeholder-unknown']);
  });

  it('leaves what belongs to the program alone, where a text is its content', async () => {
    const running = {
      jobs: [{ job: 'a', exec_cmd: 'x', message: '{{ greeting }}', 'x-note': '{{any}}' }],
      configs: [{ name: 'default', job: 'a', data: '{{#each items}}{{this}}{{/each}}' }],
    };
    const unit = (await unitsOf(running))['a'];
    expect([unit?.stdin, unit?.members[0]?.configs[0]?.data]).toEqual([
      { kind: 'message', text: '{{ greeting }}' },
      '{{#each items}}{{this}}{{/each}}',
    ]);
    expect(
      await remarksOn({ ...running, configs: [{ name: 'default', job: 'a', data: '{{vars.X}}' }] }),
    ).toEqual(['error variable-undefined']);
  });
});
