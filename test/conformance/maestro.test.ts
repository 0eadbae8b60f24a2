// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { createCompiler } from '@fairlead/compiler';
import { locate, parseRunningConfig, type Diagnostic } from '@fairlead/spec';
import { parseTarget, type TargetState } from '@fairlead/target';
import { jobsOf } from '@fairlead/target/testing';
import { describe, expect, it } from 'vitest';
import { runToItsEnd } from './job-process.fixture.ts';
import { deviationOf, fleetWith, json, read, running, verdictOn } from './maestro.fixture.ts';

async function targetOf(runningConfig: Uint8Array): Promise<TargetState> {
  const result = await createCompiler().compile(fleetWith(runningConfig));
  if (result.kind === 'refused') expect.fail(JSON.stringify(result.diagnostics));
  const parsed = parseTarget([...result.bodies.values()][0] ?? new Uint8Array());
  if (!parsed.ok) expect.fail(parsed.error.join('\n'));
  return parsed.value;
}

describe('when the sample of the README is checked', () => {
  const sample = read('upstream/maestroSpecs-readme-running-config.json');
  const said = async (severity: Diagnostic['severity']): Promise<readonly string[]> =>
    (await createCompiler().check(fleetWith(sample)))
      .filter((one) => one.severity === severity)
      .map(({ code, message, line }) => `${String(line)} ${code}: ${message}`);

  it('has exactly the seven errors that its text makes', async () => {
    expect(await said('error')).toEqual([
      "9 template-undefined: the template 'devicejs' of job 'zigbeeHA' is not defined",
      "10 config-undefined: job 'zigbeeHA' has no config 'zigbeeHA-edge500v1'",
      "15 template-undefined: the template 'devicejs' of job 'UPnP' is not defined",
      "16 config-undefined: job 'UPnP' has no config 'std'",
      '61 invalid-checksum: a sha256sum has 64 hexadecimal digits, this one has 63',
      '72 invalid-checksum: a sha256sum has 64 hexadecimal digits, this one has 63',
      '93 invalid-checksum: a sha256sum has 64 hexadecimal digits, this one has 63',
    ]);
  });

  it('has exactly the three warnings', async () => {
    expect(await said('warning')).toEqual([
      "79 config-unused: the config 'standard-edge500' is used by no job",
      "85 config-unused: the config 'testconfig' is used by no job",
      "90 path-absolute: '/config/testconfig.dat' begins with /",
    ]);
  });

  it('has exactly the three notes', async () => {
    expect(await said('note')).toEqual([
      "22 command-wrapped: exec_cmd is an argument here: the template 'python-wrapper-debug' has a program of its own",
      '35 suspicious-value: mem_limit is 10.0 MiB, and is enforced: most interpreters take more',
      "65 image-unused: the job 'UPnP' is disabled: its image is left out",
    ]);
  });
});

describe('when the sample of the README is mended', () => {
  const sample = json('upstream/maestroSpecs-readme-running-config.json') as {
    readonly templates: readonly object[];
    readonly configs: readonly object[];
  };
  const text = JSON.stringify({
    ...sample,
    templates: [...sample.templates, { name: 'devicejs', exec_cmd: '/usr/bin/devicejs' }],
    configs: [
      ...sample.configs,
      { job: 'zigbeeHA', name: 'zigbeeHA-edge500v1', data: '{}' },
      { job: 'UPnP', name: 'std', data: '{}' },
    ],
  }).replaceAll(/"value":"([0-9a-f]{63})"/g, '"value":"$10"');

  it('runs as its text says: the program of the template, and what it states for its jobs', async () => {
    const units = jobsOf(await targetOf(Buffer.from(text)));
    expect(units).toMatchObject([
      { name: 'devicejs-core-modules', program: '/usr/bin/devicejs', members: [{ name: 'zigbeeHA' }] },
      {
        name: 'testscript2',
        program: '/usr/bin/python',
        args: ['-v', '{{IMAGE}}/testscript2.py'],
        env: { SPECIALVAR: 'stuff' },
        inheritEnv: true,
        ready: { kind: 'ok-string', timeoutMs: 0 },
        restart: { enabled: true, limit: 10 },
        memoryLimit: 10485100,
        members: [{ configs: [{ name: 'testconfig', files: [{ path: 'config/testconfig.dat' }] }] }],
      },
    ]);
  });
});

describe('when a composite starts', () => {
  interface ChildStdin {
    readonly moduleconfigs: Readonly<Record<string, Record<string, unknown>>>;
    readonly process_config: string;
  }
  const observed = json('observed/02-composite.child-stdin.json') as ChildStdin;
  // The same group in our form: what Maestro takes as literal text stands in a config object, where it belongs.
  const jobs = Object.values(observed.moduleconfigs).map(
    ({ config: _text, message: _none, config_name: name, ...job }) =>
      Object.fromEntries(Object.entries({ ...job, config: name }).filter(([, value]) => value !== null)),
  );
  const configs = Object.values(observed.moduleconfigs).map(({ job, config, config_name: name }) => ({
    job,
    name,
    data: config,
  }));
  const template = {
    name: 'comp_tpl',
    exec_cmd: '/t/dumpc.sh',
    exec_pre_args: ['PRE'],
    exec_post_args: ['POST'],
    add_env: ['E=1'],
    send_composite_jobs_to_stdin: true,
    send_grease_origin_id: true,
    depends_on: ['base'],
    composite_config: observed.process_config,
    immutable: true,
  };

  it('is sent the definitions that were observed, key by key', async () => {
    const base = { job: 'base', exec_cmd: '/bin/sleep', exec_args: ['60'], immutable: true };
    const units = jobsOf(await targetOf(running({ jobs: [base, ...jobs], templates: [template], configs })));
    const group = units.find(({ name }) => name === 'grp');
    expect(
      Object.fromEntries((group?.members ?? []).map(({ name, definition }) => [name, definition])),
    ).toEqual(observed.moduleconfigs);
    expect(group?.stdin).toEqual({ kind: 'composite', processConfig: observed.process_config });
    expect(group).toMatchObject({
      program: '/t/dumpc.sh',
      env: { E: '1' },
      requires: ['base'],
      restart: { enabled: true, limit: 2, pauseMs: 100 },
    });
    expect(group?.args.join(' ')).toBe(deviationOf('observed/02-composite.result.json', 'argv'));
  });

  it('reads on standard input what was observed, to its end, and has no arguments of its members', async () => {
    const script = 'cat >stdin; printf "%s\\n" "$@" >argv';
    const shell = { ...template, exec_cmd: 'sh', exec_pre_args: ['-c', script, '-', 'PRE'], depends_on: [] };
    // Once is enough here: it is read when its process has ended.
    const once = jobs.map((job) => ({ ...job, restart: false }));
    const [group] = jobsOf(await targetOf(running({ jobs: once, templates: [shell], configs })));
    const written = await runToItsEnd(group ?? expect.fail('no group'), '/t/api.sock');
    const sent = await written('stdin');
    const withoutRestart = Object.fromEntries(
      Object.entries(observed.moduleconfigs).map(([name, job]) => [name, { ...job, restart: false }]),
    );
    expect(JSON.parse(sent)).toEqual({ ...observed, moduleconfigs: withoutRestart });
    // One object without a line end, its members by name.
    expect(sent).toBe(JSON.stringify(JSON.parse(sent)));
    expect(Object.keys((JSON.parse(sent) as ChildStdin).moduleconfigs)).toEqual(['m1', 'm2']);
    expect((await written('argv')).trim().replace('\n', ' ')).toBe(
      deviationOf('observed/02-composite.result.json', 'argv'),
    );
  });
});

interface Validation {
  readonly name: string;
  readonly observed: string;
  readonly config: { readonly container_templates?: readonly object[]; readonly jobs: readonly object[] };
}
const validationFile = 'observed/04-validation-cases.json';
const validations = json(validationFile) as readonly Validation[];

describe('when Maestro validates', () => {
  /** Our codes for what Maestro refuses; what it takes has none. */
  const codes: Readonly<Record<string, string>> = {
    'dependency cycle of two': 'dependency-cycle',
    'job depends on itself': 'dependency-cycle',
    'unknown template': 'template-undefined',
    'composite_id without template': 'composite-invalid',
    'composite member with message': 'composite-invalid',
    'composite template without exec_cmd': 'composite-invalid',
  };

  it.each(validations)('judges: $name', async ({ name, config, observed }) => {
    const found = await createCompiler().check(
      fleetWith(running({ jobs: config.jobs, templates: config.container_templates ?? [] })),
    );
    const asObserved = observed.startsWith('daemon exits') ? `error ${codes[name] ?? 'without a code'}` : '';
    expect(verdictOn(found)).toBe(deviationOf(validationFile, name) ?? asObserved);
  });
});

interface Renderings {
  readonly render: readonly (readonly [text: string, rendered: string])[];
}
const renderingFile = 'observed/09-template-variables.json';
const renderings = (json(renderingFile) as Renderings).render;

/** What `{{IMAGE}}` stands for. */
const image = {
  job: 'a',
  version: '1',
  url: 'https://example.org/a.zip',
  size: 1,
  checksum: { type: 'sha256sum', value: '0'.repeat(64) },
  image_type: 'zip',
};

describe('when a template variable is unknown', () => {
  it.each(renderings)('%s is never rendered as if it were empty', async (text, rendered) => {
    const found = await createCompiler().check(
      fleetWith(running({ jobs: [{ job: 'a', exec_cmd: 'x', exec_args: [text] }], images: [image] })),
    );
    expect(verdictOn(found)).toBe(deviationOf(renderingFile, text) ?? rendered);
  });
});

describe('when payloads are decoded', () => {
  interface Decoding {
    readonly type: keyof typeof inRunningConfig;
    readonly input: object | string;
    readonly observed: unknown;
  }
  const whole = (input: object | string): Uint8Array =>
    read(join('observed', typeof input === 'string' ? input : ''));
  /** Where each type stands in a running config. */
  const inRunningConfig = {
    RunningConfigPayload: whole,
    RunningConfigOpPayload: whole,
    JobDefinitionPayload: (job: object | string) => running({ jobs: [job] }),
    ContainerTemplatePayload: (template: object | string) =>
      running({ templates: [{ name: 't', ...(template as object) }] }),
    ImageOpPayload: (image: object | string) => running({ images: [image] }),
  };
  const file = 'observed/10-json-decoding.json';

  it.each(json(file) as readonly Decoding[])('judges $type $input', ({ type, input, observed }) => {
    const { text, problems } = parseRunningConfig(inRunningConfig[type](input));
    const verdict = verdictOn(locate('it', text, problems));
    const deviation = deviationOf(file, `${type} ${JSON.stringify(input)}`);
    if (deviation === undefined) expect(verdict !== '').toBe(String(observed).startsWith('error'));
    else expect(verdict).toBe(deviation);
  });
});
