// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  commitOf,
  deviceA,
  deviceB,
  deviceC,
  diagnosticsOf,
  fleetId,
  fleetOf,
  image,
  remarksOn,
  type Files,
} from './commit.fixture.ts';
import { createCompiler } from './compiler.ts';

const service = (job: string, more: object = {}): object => ({ job, container_template: 't', ...more });
const named = (job: string, name: string, more: object = {}): object => ({ job, name, ...more });

describe('when a commit has a dozen independent mistakes', () => {
  const files: Files = {
    'fleet.json': {
      id: 'no uuid',
      groups: {
        north: { 'running-config': ['running/shared.json', 'running/n.json'], aply: 'now' },
        south: { 'running-config': ['running/shared.json', 7, 'running/gone.json'] },
        east: { vars: { SITE: 5 }, retired: true },
        west: 'retired',
      },
    },
    'devices.json': {
      [deviceA]: { group: 'nroth', label: {} },
      [deviceB]: { group: 'south', name: 1 },
      [deviceC]: { group: 'west' },
      lamp: { group: 'sotuh' },
    },
    'trust/root/1.json': {},
    'running/shared.json': {
      config: 'running',
      templates: [
        { name: 't', exec_cmd: '/t', depends_on: ['ghost'] },
        { name: 'u', exec_cmd: 5 },
      ],
      jobs: [service('a', { restart: 'yes', exec_args: ['{{NOPE}}', '{{vars.X}}'] }), service('b')],
      images: [image('a', { checksum: { type: 'sha256sum', value: 'abc' } })],
    },
    'running/n.json': {
      config: 'runing',
      jobs: [
        { job: 'c', exec_cmdd: '/c', config: 'absent' },
        { job: 'd', container_template: 'u', depends_on: ['c', 3, 'e'] },
        { exec_cmd: '/nameless' },
        { job: 'f', container_template: 'missing' },
      ],
      images: [{ ...image('f'), size: '10' }],
      configs: [named('f', 'default', { files: [{ url: 'https://e/x', dest_relative_path: '../up' }] })],
      wat: { deep: '{{OTHER}}' },
    },
  };

  it('tells all of them, each once, and nothing that only follows from them', async () => {
    const found = await diagnosticsOf(files);
    expect(
      found.map(({ severity, code, file, line }) => `${severity} ${code} ${file}:${String(line)}`),
    ).toEqual([
      'error group-undefined devices.json:3',
      'error unknown-key devices.json:4',
      'error wrong-type devices.json:8',
      'error invalid-uuid devices.json:13',
      'error group-undefined devices.json:14',
      'error invalid-uuid fleet.json:2',
      'error unknown-key fleet.json:9',
      'error wrong-type fleet.json:14',
      'error file-missing fleet.json:15',
      'error wrong-type fleet.json:20',
      'error wrong-type fleet.json:24',
      'error invalid-value running/n.json:2',
      'error unknown-key running/n.json:6',
      'error config-undefined running/n.json:7',
      'error wrong-type running/n.json:14',
      'error missing-key running/n.json:18',
      'error template-undefined running/n.json:23',
      'error wrong-type running/n.json:31',
      'error reference-unlocked running/n.json:45',
      'error path-unsafe running/n.json:46',
      'error unknown-key running/n.json:51',
      'error wrong-type running/shared.json:13',
      'error wrong-type running/shared.json:20',
      'error placeholder-unknown running/shared.json:22',
      'error variable-undefined running/shared.json:23',
      'error invalid-checksum running/shared.json:39',
    ]);
    expect((await createCompiler().compile(commitOf(files))).kind).toBe('refused');
  });
});

describe('when something follows from a mistake that has been told', () => {
  const job = { job: 'a', exec_cmd: 'x' };

  it.each<readonly [string, object, string]>([
    ['a template without a name', { jobs: [service('a')], templates: [{ exec_cmd: 'x' }] }, 'missing-key'],
    ['a misspelt section', { jobs: [service('a')], templtes: [{ name: 't', exec_cmd: 'x' }] }, 'unknown-key'],
    ['a job without a name', { jobs: [{ ...job, depends_on: ['b'] }, { exec_cmd: 'x' }] }, 'missing-key'],
    [
      'a job that is none',
      { jobs: [5], images: [image('a')], configs: [named('a', 'default')] },
      'wrong-type',
    ],
    ['a program of the wrong type', { jobs: [{ job: 'a', exec_cmd: 1 }] }, 'wrong-type'],
    ['a misspelt program', { jobs: [{ job: 'a', exec_cmdd: 'x' }] }, 'unknown-key'],
    [
      'the program of a template',
      { jobs: [service('a')], templates: [{ name: 't', exec_cmd: 1 }] },
      'wrong-type',
    ],
    [
      'the program of a template of a composite',
      { jobs: [service('a', { composite_id: 'c' })], templates: [{ name: 't', exec_cmd: 1 }] },
      'wrong-type',
    ],
    [
      'a composite of the wrong type',
      {
        jobs: [
          { ...job, depends_on: ['c'] },
          { job: 'b', exec_cmd: 'x', composite_id: 1 },
        ],
      },
      'wrong-type',
    ],
    ['a template of the wrong type', { jobs: [{ job: 'a', container_template: 1 }] }, 'wrong-type'],
    [
      'a template of the wrong type in a composite',
      {
        jobs: [{ job: 'a', composite_id: 'c', container_template: 1 }, service('b', { composite_id: 'c' })],
        templates: [{ name: 't', exec_cmd: 'x' }],
      },
      'wrong-type',
    ],
    ['a config without a name', { jobs: [{ ...job, config: 'c' }], configs: [{ job: 'a' }] }, 'missing-key'],
    [
      'a config of the wrong type',
      { jobs: [{ ...job, config: 1 }], configs: [named('a', 'c')] },
      'wrong-type',
    ],
    [
      'a checksum of the wrong type',
      { jobs: [job], images: [image('a', { checksum: 'abc' })] },
      'wrong-type',
    ],
    ['a size of the wrong type', { jobs: [job], images: [image('a', { size: '1' })] }, 'wrong-type'],
    ['a URL with a blank', { jobs: [job], images: [image('a', { url: 'a b' })] }, 'invalid-value'],
    [
      'an image that is not pinned',
      {
        jobs: [service('a')],
        templates: [{ name: 't', exec_cmd: 'x', chroot_image: true }],
        images: [image('a', { checksum: { type: 'sha256sum', value: 'abc' } })],
      },
      'invalid-checksum',
    ],
    ['a definition that was read in part', { jobs: [job, { ...job, restart: 'yes' }] }, 'wrong-type'],
    ['content under an unknown key', { jobs: [job], wat: ['{{NOPE}}'] }, 'unknown-key'],
  ])('is silent about it: %s', async (_what, running, code) => {
    expect(await remarksOn(running)).toEqual([`error ${code}`]);
  });

  it('says nothing of names that a file without form may define', async () => {
    const files = fleetOf({ jobs: [service('a', { depends_on: ['b'] })] }, '{');
    expect((await diagnosticsOf(files)).map(({ code }) => code)).toEqual(['json-syntax']);
  });

  it('says nothing of variables that could not be read', async () => {
    const files: Files = {
      ...fleetOf({ jobs: [{ job: 'a', exec_cmd: '{{vars.A}}{{vars.B}}{{vars.C}}' }] }),
      'fleet.json': {
        id: fleetId,
        vars: { A: 1 },
        groups: { g: { 'running-config': ['running/0.json'], vars: [] } },
      },
      'devices.json': { [deviceA]: { group: 'g', vars: { C: 1 } } },
    };
    expect((await diagnosticsOf(files)).map(({ code, file }) => `${code} ${file}`)).toEqual([
      'wrong-type devices.json',
      'wrong-type fleet.json',
      'wrong-type fleet.json',
    ]);
  });

  it('says nothing of the source of a group that misspells it', async () => {
    const files = { ...fleetOf(), 'fleet.json': { id: fleetId, groups: { g: { 'runing-config': ['x'] } } } };
    expect((await diagnosticsOf(files)).map(({ code }) => code)).toEqual(['unknown-key']);
  });
});

describe('when a file is shared', () => {
  const groups = { g: { 'running-config': ['r.json'] }, h: { 'running-config': ['r.json'] } };
  const shared = (running: object): Files => ({
    'fleet.json': { id: fleetId, groups },
    'devices.json': { [deviceA]: { group: 'g' }, [deviceB]: { group: 'h' } },
    'trust/root/1.json': {},
    'r.json': { config: 'running', ...running },
  });

  it('tells a mistake once, though several groups and jobs meet it', async () => {
    const found = await diagnosticsOf(
      shared({
        jobs: [
          service('a', { exec_args: ['{{vars.X}}', '{{NOPE}}'] }),
          service('b', { container_template: 'u' }),
        ],
        templates: [{ name: 't', exec_cmd: 'x', depends_on: ['ghost'] }],
      }),
    );
    expect(found.map(({ code }) => code)).toEqual([
      'variable-undefined',
      'placeholder-unknown',
      'template-undefined',
      'dependency-unknown',
    ]);
    expect(found[3]?.message).toBe("the template 't' depends on 'ghost', which does not exist");
  });
});

describe('when no group names a running config', () => {
  const draft = (content: unknown): Files => ({
    ...fleetOf({ jobs: [{ job: 'a', exec_cmd: 'x' }] }),
    'running/drafts/d.json': content,
  });

  it('warns of what is wrong in itself, and deploys the rest', async () => {
    const bad = {
      config: 'running',
      jobs: [{ job: 'a' }, { job: 'b', restart: 1 }],
      images: [image('a', { size: 0 })],
    };
    const files = draft(bad);
    expect(
      (await diagnosticsOf(files)).map(({ severity, code, line }) => `${severity} ${code} ${String(line)}`),
    ).toEqual([
      'warning missing-command 4',
      'warning missing-command 7',
      'warning wrong-type 9',
      'warning reference-unlocked 16',
    ]);
    expect((await createCompiler().compile(commitOf(files))).kind).toBe('compiled');
    expect((await diagnosticsOf(draft('{'))).map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'warning json-syntax',
    ]);
  });

  it('says nothing of what it may lack until it is put together with others', async () => {
    const part = {
      config: 'running',
      jobs: [service('a', { depends_on: ['b'], config: 'c', exec_args: ['{{vars.X}}'] })],
      images: [image('z')],
    };
    expect(await diagnosticsOf(draft(part))).toEqual([]);
  });

  it('tells errors where fleet.json does not say for sure which files are named', async () => {
    const files = { ...draft('{'), 'fleet.json': '{' };
    expect((await diagnosticsOf(files)).map(({ severity, file }) => `${severity} ${file}`)).toEqual([
      'error fleet.json',
      'error running/drafts/d.json',
    ]);
  });
});
