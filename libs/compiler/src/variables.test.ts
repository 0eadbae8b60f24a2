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

  it('looks further where the variables of the first devices are themselves wrong', async () => {
    const files = varsFleet(['{{vars.A}}'], {});
    const devices = { [deviceA]: { group: 'g', vars: { A: 5 } }, [deviceB]: { group: 'g' } };
    const found = await diagnosticsOf({ ...files, 'devices.json': devices });
    expect(found.map(({ code, file }) => [code, file])).toEqual([
      ['wrong-type', 'devices.json'],
      ['variable-undefined', 'r.json'],
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
