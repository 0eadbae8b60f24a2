// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createCompiler } from '@fairlead/compiler';
import { locate, parseRunningConfig } from '@fairlead/spec';
import { conformanceDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { adaptDaemonFile, withVariables } from './maestro-daemon-file.fixture.ts';
import { deviationOf, fleetWith, json, read, running, verdictOn } from './maestro.fixture.ts';

const names = readdirSync(join(conformanceDir() ?? '', 'maestro', 'upstream'));
const daemonFiles = names.filter((name) => name.endsWith('.yaml') && !name.includes('INVALID'));

const errorsIn = async (file: object, vars: Readonly<Record<string, string>> = {}): Promise<string> => {
  const found = await createCompiler().check(fleetWith(Buffer.from(JSON.stringify(file)), vars));
  return verdictOn(found.filter(({ severity }) => severity === 'error'));
};

describe('when a file of the daemon is taken over', () => {
  it.each(daemonFiles)('%s has no error but what is listed', async (name) => {
    const adapted = adaptDaemonFile(read(`upstream/${name}`).toString('utf8'));
    if (adapted === undefined) expect.fail('no YAML');
    expect(await errorsIn(adapted.running)).toBe(deviationOf(`upstream/${name}`, 'as it is') ?? '');
    expect(await errorsIn(withVariables(adapted), adapted.vars)).toBe(
      deviationOf(`upstream/${name}`, 'with variables') ?? '',
    );
  });

  it('runs what ran in production: one process for each composite, behind devicejs', async () => {
    const adapted = adaptDaemonFile(
      read('upstream/meta-pelion-edge-rpi3bplus-2020-04.yaml').toString('utf8'),
    );
    if (adapted === undefined) expect.fail('no YAML');
    const file = Buffer.from(JSON.stringify(withVariables(adapted)));
    const result = await createCompiler().compile(fleetWith(file, adapted.vars));
    if (result.kind === 'refused') expect.fail(JSON.stringify(result.diagnostics));
    const { units } = JSON.parse(Buffer.from([...result.bodies.values()][0] ?? []).toString('utf8')) as {
      readonly units: readonly Readonly<Record<string, unknown>>[];
    };
    expect(units).toHaveLength(8);
    expect(units.filter(({ stdin }) => (stdin as { kind: string }).kind === 'composite')).toHaveLength(6);
    for (const unit of units.filter(({ name }) => name !== 'devicedb' && name !== 'devicejs')) {
      expect(unit).toMatchObject({
        program: '/usr/bin/node',
        requires: ['devicejs'],
        memoryLimit: 10_000_000,
      });
    }
    expect(units.find(({ name }) => name === 'devicejs')).toMatchObject({
      args: [
        '--max-old-space-size=128',
        '--max-semi-space-size=1',
        '/wigwag/devicejs-ng/src/runtime/start',
        '--config=/wigwag/etc/devicejs/devicejs.conf',
      ],
    });
  });
});

describe('when a file is meant to be refused, or is something else', () => {
  const image = (json('upstream/maestro-payload-image-add.json') as { image: object }).image;
  const batch = json('upstream/maestro-payload-batch-ops.json') as { ops: readonly { image: object }[] };

  it.each(names.filter((name) => name.includes('INVALID')))('refuses %s', (name) => {
    const bytes = read(`upstream/${name}`);
    if (name.endsWith('.yaml')) expect(adaptDaemonFile(bytes.toString('utf8'))).toBeUndefined();
    expect(parseRunningConfig(bytes).value).toBeUndefined();
  });

  it.each([
    ['maestroRunner-example-config1.commented.json', 'error json-syntax'],
    ['maestroRunner-readme-moduleconfigs-array.json', 'error missing-key, error unknown-key'],
    ['meta-pelion-edge-relayTerm.template.json', 'error missing-key, error unknown-key'],
    ['maestro-payload-process-start.json', 'error missing-key, error unknown-key'],
    ['maestro-payload-image-add.json', 'error invalid-value, error missing-key, error unknown-key'],
    ['maestro-payload-batch-ops.json', 'error missing-key, error unknown-key, error unsafe-integer'],
    ['maestro-payload-jobconfig-post.json', 'error missing-key, error unknown-key'],
  ])('%s is no running config', (name, verdict) => {
    const { text, problems } = parseRunningConfig(read(`upstream/${name}`));
    expect(verdictOn(locate('it', text, problems))).toBe(verdict);
  });

  it('takes the parts of these payloads that have a place in one', async () => {
    const jobs = ['specialsauce', 'JOB_NAME'].map((job) => ({ job, exec_cmd: 'x' }));
    const config = json('upstream/maestro-payload-jobconfig-post.json');
    const found = async (images: readonly object[]) =>
      verdictOn(await createCompiler().check(fleetWith(running({ jobs, images, configs: [config] }))));
    // An MD5 alone pins nothing, and what is no checksum is none.
    expect(await found([image])).toBe(
      'error reference-unlocked, warning config-unused, warning weak-checksum',
    );
    expect(await found([{ ...batch.ops[0]?.image, size: 1 }])).toBe(
      'error invalid-checksum, warning config-unused',
    );
  });
});
