// SPDX-License-Identifier: Apache-2.0
import { jobsOf } from '@fairlead/target/testing';
import { describe, expect, it } from 'vitest';
import {
  commitOf,
  compiledOf,
  deviceA,
  deviceB,
  diagnosticsOf,
  fleetId,
  fleetOf,
  image,
  remarksOn,
  sha,
  targetOf,
  unitsOf,
} from './commit.fixture.ts';
import { createCompiler } from './compiler.ts';

const argsOf = (...args: readonly string[]): object => ({
  config: 'running',
  jobs: [{ job: 'a', exec_cmd: 'x', exec_args: args }],
});

const file = (path: string): object => ({
  url: 'https://example.org/f',
  dest_relative_path: path,
  size: 3,
  checksum: { type: 'sha256sum', value: sha },
});

/** Two jobs in one process. */
const composite = (template: object, images: readonly object[]): object => ({
  jobs: ['m1', 'm2'].map((job) => ({ job, composite_id: 'g', container_template: 't' })),
  templates: [{ name: 't', exec_cmd: 'x', ...template }],
  images,
});

/** One group of two devices whose job has these arguments, with variables at three levels. */
function varsFleet(
  args: readonly string[],
  vars: { readonly fleet?: object; readonly group?: object; readonly b?: object },
) {
  return {
    'fleet.json': {
      id: fleetId,
      vars: vars.fleet ?? {},
      groups: { g: { 'running-config': ['r.json'], vars: vars.group ?? {} } },
    },
    'devices.json': { [deviceA]: { group: 'g' }, [deviceB]: { group: 'g', vars: vars.b ?? {} } },
    'trust/root/1.json': {},
    'r.json': argsOf(...args),
  };
}

describe('when a running config uses variables', () => {
  it('takes the device over the group over the fleet', async () => {
    const compiled = await compiledOf(
      varsFleet(['{{vars.A}}-{{ vars.B }}-{{vars.C}}'], {
        fleet: { A: 'f', B: 'f', C: 'f' },
        group: { B: 'g', C: 'g' },
        b: { C: 'd' },
      }),
    );
    expect(jobsOf(targetOf(compiled, deviceA))[0]?.args).toEqual(['f-g-g']);
    expect(jobsOf(targetOf(compiled, deviceB))[0]?.args).toEqual(['f-g-d']);
  });

  it('shares one target between devices that differ only in what is not used', async () => {
    const compiled = await compiledOf(varsFleet(['{{vars.A}}'], { fleet: { A: '1' }, b: { OTHER: 'x' } }));
    expect(compiled.bodies.size).toBe(1);
  });

  it('replaces once and escapes nothing', async () => {
    const compiled = await compiledOf(varsFleet(['{{vars.A}}'], { fleet: { A: '{vars.B} & <"\'$&' } }));
    expect(jobsOf(targetOf(compiled))[0]?.args).toEqual(['{vars.B} & <"\'$&']);
  });

  it.each(['{{vars.B}}', '{{JOB}}', '{{secrets.KEY}}', 'a {{'])(
    'refuses the value %s: nobody would fill it in, or the device would, unchecked',
    async (value) => {
      const found = await diagnosticsOf(varsFleet(['{{vars.A}}'], { fleet: { A: value, B: 'b' } }));
      expect(found.map(({ code, line }) => [code, line])).toEqual([['variable-invalid', 8]]);
    },
  );

  it('takes a text of thousands of them', async () => {
    const names = Array.from({ length: 20_000 }, (_, n) => `V${String(n)}`);
    const text = names.map((name) => `{{vars.${name}}}${name}`).join('');
    const fleet = Object.fromEntries(names.map((name) => [name, 'x']));
    const compiled = await compiledOf(varsFleet([text], { fleet }));
    const filled = jobsOf(targetOf(compiled, deviceA))[0]?.args[0] ?? '';
    expect(filled === names.map((name) => `x${name}`).join('')).toBe(true);
  });

  it('refuses one that some device does not have, once for each place', async () => {
    const found = await diagnosticsOf(
      varsFleet(['{{vars.A}}', '{{vars.SITE}}', 'x'], { fleet: { SITES: 'f' }, b: { A: '1' } }),
    );
    expect(found[1]?.hint).toBe("Did you mean 'SITES'?");
    expect(found.map(({ code, line }) => [code, line])).toEqual([
      ['variable-undefined', 8],
      ['variable-undefined', 9],
    ]);
  });

  it('checks a group without devices with the variables that it has', async () => {
    const files = { ...varsFleet(['{{vars.A}}'], {}), 'devices.json': {} };
    expect(await diagnosticsOf(files)).toEqual([]);
    expect(await createCompiler().compile(commitOf(files))).toMatchObject({
      kind: 'compiled',
      manifest: { devices: 0 },
    });
  });
});

describe('when the value of a variable does not fit where it is used', () => {
  it.each([
    [
      { images: [image('a', { url: '{{vars.V}}/a.tar' })] },
      'ftp://h',
      'invalid-value',
      "'ftp://h/a.tar' is no",
    ],
    [
      { images: [image('a', { url: 'https://{{vars.V}}/a.tar' })] },
      'two words',
      'variable-invalid',
      'two words',
    ],
    [{ images: [image('a', { version: '1-{{vars.V}}' })] }, 'a/b', 'variable-invalid', 'a/b'],
    [
      { images: [image('a', { checksum: { type: 'sha256sum', value: '{{vars.V}}' } })] },
      'ab',
      'invalid-checksum',
      'this one has 2',
    ],
    [
      { configs: [{ name: 'default', job: 'a', files: [file('{{vars.V}}/x')] }] },
      '..',
      'path-unsafe',
      '../x',
    ],
    [
      { configs: [{ name: 'default', job: 'a', encoding: 'base64', data: '{{vars.V}}' }] },
      '!',
      'invalid-value',
      'no base64',
    ],
    [
      { jobs: [{ job: 'a', exec_cmd: 'x', container_template: '{{vars.V}}' }] },
      'none',
      'template-undefined',
      "'none'",
    ],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', config: '{{vars.V}}' }] }, 'none', 'config-undefined', "'none'"],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', user: '{{vars.V}}' }] }, '', 'variable-invalid', '""'],
    [{ jobs: [{ job: 'a', exec_cmd: 'x', env: ['{{vars.V}}=1'] }] }, 'A=B', 'none', ''],
  ])('names the place and the variable: %j with %j', async (more, value, code, message) => {
    const files = fleetOf({ jobs: [{ job: 'a', exec_cmd: 'x' }], ...more });
    const group = { 'running-config': ['running/0.json'], vars: { V: value } };
    const found = await diagnosticsOf({ ...files, 'fleet.json': { id: fleetId, groups: { g: group } } });
    const text = JSON.stringify({ config: 'running', jobs: [{ job: 'a', exec_cmd: 'x' }], ...more }, null, 2);
    const line = text.split('\n').findIndex((one) => one.includes('{{vars.V}}')) + 1;
    expect(found.filter(({ severity }) => severity === 'error')).toEqual(
      code === 'none'
        ? []
        : [
            expect.objectContaining({
              code,
              line,
              file: 'running/0.json',
              message: expect.stringContaining(message),
            }),
          ],
    );
    for (const { message: told } of found) expect(told).toContain(`(with vars.V = ${JSON.stringify(value)})`);
  });

  it('says nothing of the form of a text whose variable nobody defines', async () => {
    const running = { jobs: [{ job: 'a', exec_cmd: 'x' }], images: [image('a', { url: '{{vars.HOST}}/a' })] };
    expect(await remarksOn(running)).toEqual(['error variable-undefined']);
  });
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
