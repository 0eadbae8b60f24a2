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
  remarksOn,
  targetOf,
  unitsOf,
} from './commit.fixture.ts';
import { createCompiler } from './compiler.ts';

const argsOf = (...args: readonly string[]): object => ({
  config: 'running',
  jobs: [{ job: 'a', exec_cmd: 'x', exec_args: args }],
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
    const compiled = await compiledOf(
      varsFleet(['{{vars.A}}'], { fleet: { A: '{{vars.B}} & <"\'$&', B: 'no' } }),
    );
    expect(jobsOf(targetOf(compiled))[0]?.args).toEqual(['{{vars.B}} & <"\'$&']);
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

describe('when a running config uses other placeholders', () => {
  it('leaves the device its names and its secrets', async () => {
    const args = [
      '{{IMAGE}}/a',
      '{{CONFIG}}',
      '{{JOB}}',
      '{{THISDIR}}',
      '{{CWD}}',
      '{{thisdir}}',
      '{{cwd}}',
      '{{secrets.TOKEN}}',
    ];
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
