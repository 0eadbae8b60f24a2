// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { diagnosticsOf, fleetOf, image, remarksOn, unitsOf } from './commit.fixture.ts';

const job = { job: 'a', exec_cmd: 'x' };

describe('when a group has several running configs', () => {
  it('makes one of them: templates, images and configs may stand apart', async () => {
    const units = await unitsOf(
      { templates: [{ name: 't', exec_cmd: '/bin/t' }] },
      {
        jobs: [
          { job: 'a', container_template: 't' },
          { job: 'b', exec_cmd: 'x', depends_on: ['a'] },
        ],
      },
      { images: [image('a')], configs: [{ name: 'default', job: 'b', data: '1' }] },
    );
    expect(units['a']).toMatchObject({ program: '/bin/t', members: [{ image: { version: '1' } }] });
    expect(units['b']).toMatchObject({ requires: ['a'], members: [{ config: 'default' }] });
  });

  it('takes the same definition twice, in whatever order its keys stand', async () => {
    expect(await remarksOn({ jobs: [job] }, { jobs: [{ exec_cmd: 'x', job: 'a' }] })).toEqual([]);
  });

  it.each([
    ['job', { jobs: [job] }, { jobs: [{ ...job, exec_cmd: 'y' }] }],
    ['template', { templates: [{ name: 't' }] }, { templates: [{ name: 't', restart: true }] }],
    ['image', { jobs: [job], images: [image('a')] }, { images: [image('a', { version: '2' })] }],
    [
      'config',
      { jobs: [job], configs: [{ name: 'default', job: 'a' }] },
      { configs: [{ name: 'default', job: 'a', data: '' }] },
    ],
  ])('refuses a %s with two contents, and names both places', async (_what, one, two) => {
    const [found, ...more] = await diagnosticsOf(fleetOf(one, two));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ code: 'duplicate-definition', severity: 'error', file: 'running/1.json' });
    expect(found?.message).toMatch(/\(the other: running\/0\.json:\d+:\d+\)$/);
  });

  it('refuses two contents in one file too', async () => {
    expect(await remarksOn({ jobs: [job, { job: 'a', exec_cmd: 'y' }] })).toEqual([
      'error duplicate-definition',
    ]);
  });
});
