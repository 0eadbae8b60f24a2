// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import {
  containerUnit,
  createTarget,
  plainAttributes,
  plainSettings,
  type FirmwareUnit,
  type JobUnit,
  type Unit,
} from '@fairlead/target';
import { jobUnit, targetOf } from '@fairlead/target/testing';
import { describe, expect, it } from 'vitest';
import { planTarget, type UnitPlan } from './plan-target.ts';

function changeOf(before: Unit, after: Unit): UnitPlan {
  const [unit] = planTarget(targetOf(before), targetOf(after)).units;
  if (unit === undefined) throw new Error('nothing changes');
  return unit;
}

const artifact = { url: 'https://x.example/f', digest: sha256('1'), size: 10, format: 'file' } as const;
const firmware: FirmwareUnit = {
  domain: 'firmware',
  name: 'm4',
  disabled: false,
  requires: [],
  attributes: plainAttributes,
  processor: null,
  recovery: 'disabled',
  firmware: artifact,
};

describe('when the fields of a job differ', () => {
  const job = (fields: Partial<JobUnit>): JobUnit => jobUnit({ name: 'a', ...fields });

  it.each<[string, Partial<JobUnit>, Partial<JobUnit>, readonly string[]]>([
    ['a command', {}, { program: '/x', args: ['1'] }, ['exec_args', 'exec_cmd']],
    ['a variable', { env: { A: '1', B: '2' } }, { env: { A: '1', B: '3', C: '4' } }, ['env.B', 'env.C']],
    [
      'what it waits for',
      { ready: { kind: 'delay', ms: 1 } },
      { ready: { kind: 'delay', ms: 2 } },
      ['defer_running_status'],
    ],
    ['how it gets ready', {}, { ready: { kind: 'delay', ms: 2 } }, ['wait_for_ok']],
    ['the memory limit', {}, { memoryLimit: 1 }, ['cgroup.mem_limit']],
    ['the time to stop', {}, { stop: { graceMs: 5 } }, ['stop_timeout']],
    [
      'its attributes',
      { attributes: plainAttributes },
      {
        attributes: {
          ...plainAttributes,
          runlevel: 1,
          triggers: { ...plainAttributes.triggers, intervalSeconds: 5 },
        },
      },
      ['runlevel', 'triggers.interval'],
    ],
    [
      'what a pod says',
      { attributes: plainAttributes },
      { attributes: plainAttributes, args: ['1'] },
      ['arguments'],
    ],
  ])('names %s as it is written', (_what, before, after, fields) => {
    expect(changeOf(job(before), job(after)).fields).toEqual(fields);
  });

  it('names members of a composite, and the parts of images and configs', () => {
    const member = { name: 'm', image: null, configs: [], config: null, definition: null };
    const config = { name: 'c', data: 'x', encoding: 'utf8', files: [{ ...artifact, path: 'p' }] } as const;
    const image = { ...artifact, format: 'tar', version: '1' } as const;
    const before = job({ members: [{ ...member, image, configs: [config] }] });
    const after = job({
      members: [
        {
          ...member,
          image: { ...image, version: '2', digest: sha256('2') },
          configs: [{ ...config, data: 'y', files: [{ ...artifact, path: 'p', digest: sha256('2') }] }],
        },
        { ...member, name: 'n' },
      ],
    });
    expect(changeOf(before, after).fields).toEqual([
      'm.configs.c.data',
      'm.configs.c.files.p.checksum',
      'm.image.checksum',
      'm.image.version',
      'n',
    ]);
  });
});

describe('when a container or a firmware differs', () => {
  const container = containerUnit({
    name: 'web',
    image: { reference: 'r.example/a:1', digest: sha256('1'), size: 10 },
  });

  it('tells a new tag from a tag that means something else, and counts the download', () => {
    const moved = { ...container, image: { ...container.image, digest: sha256('2') } };
    expect(changeOf(container, moved).fields).toEqual(['image.digest']);
    const tagged = { ...container, image: { ...container.image, reference: 'r.example/a:2' } };
    expect(changeOf(container, tagged).fields).toEqual(['image']);
    expect(planTarget(targetOf(container), targetOf(moved)).bytes).toBe(10);
    expect(planTarget(targetOf(container), targetOf(tagged)).bytes).toBe(0);
  });

  it('says of kill-then-download that its way back is a download', () => {
    const first = { ...container, update: 'kill-then-download' } as const;
    expect(changeOf(first, { ...first, purge: ['/a'] })).toMatchObject({
      fields: ['purge-data'],
      backByDownload: true,
    });
    expect(changeOf(container, { ...container, purge: ['/a'] }).backByDownload).toBe(false);
  });

  it('names the firmware', () => {
    const other = { ...firmware, recovery: 'enabled', firmware: { ...artifact, url: 'server:' } } as const;
    expect(changeOf(firmware, other).fields).toEqual(['firmware', 'recovery']);
  });
});

describe('when settings of the device change', () => {
  it('names them with both values, and the format that they need', () => {
    const before = targetOf(jobUnit({ name: 'a' }));
    const after = createTarget(before.units, { ...plainSettings, apply: { kind: 'idle' } });
    expect(planTarget(before, after)).toEqual({
      units: [],
      settings: [{ setting: 'apply', before: { kind: 'now' }, after: { kind: 'idle' } }],
      bytes: 0,
      format: { before: 1, after: 2 },
    });
  });
});
