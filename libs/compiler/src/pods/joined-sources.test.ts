// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { diagnosticsOf, told, type Files } from '../commit.fixture.ts';
import { app, lockOf, podFleet, unitsOf } from './pod.fixture.ts';

describe('when sources of a group are put together', () => {
  const jobs = (...list: readonly object[]): object => ({ config: 'running', jobs: list });
  const job = (name: string, more: object = {}): object => ({ job: name, exec_cmd: 'x', ...more });
  const together = (pod: string, running: object): Files =>
    podFleet(pod, { ...lockOf([app]), 'running/r.json': running }, { 'running-config': ['running/r.json'] });

  it('runs the running configs that the pod names, from its own folder', async () => {
    const files = podFleet('running-config: [more/r.json]\n', {
      'pods/more/r.json': jobs(job('a')),
      'running/t.json': { config: 'running', templates: [{ name: 't', exec_cmd: 'x' }] },
    });
    expect(Object.keys(await unitsOf(files))).toEqual(['a']);
    expect(await told(files)).toEqual([]);
    expect(await told(podFleet('running-config: [gone.json]\n'))).toEqual([
      'error file-missing pods/x.yaml:2',
    ]);
  });

  it('orders units across domains', async () => {
    const files = together('containers: {web: {image: app:1, requires: [b, m]}}\n', {
      config: 'running',
      templates: [{ name: 't', exec_cmd: 'x' }],
      jobs: [
        job('a', { depends_on: ['web'] }),
        job('b'),
        { job: 'm', composite_id: 'c', container_template: 't' },
      ],
    });
    expect(await unitsOf(files)).toMatchObject({ web: { requires: ['b', 'c'] }, a: { requires: ['web'] } });
  });

  it('sees cycles and unknown names in one graph, with what was meant', async () => {
    const found = await diagnosticsOf(
      together(
        'containers: {web: {image: app:1, requires: [sensro, job]}}\n',
        jobs(job('job', { depends_on: ['web'] }), job('sensor')),
      ),
    );
    expect(found).toMatchObject([
      { code: 'dependency-unknown', file: 'pods/x.yaml', hint: "Did you mean 'sensor'?" },
      {
        code: 'dependency-cycle',
        file: 'pods/x.yaml',
        message: 'dependencies form a cycle: job → web → job',
      },
    ]);
  });

  it.each(['image: app:1', 'entrypoint: web.js'])(
    'refuses one name for two units, with both places: %s',
    async (kind) => {
      const found = await diagnosticsOf(together(`containers: {web: {${kind}}}\n`, jobs(job('web'))));
      expect(found.filter(({ code }) => code === 'duplicate-definition')).toMatchObject([
        {
          file: 'pods/x.yaml',
          message: expect.stringMatching(
            /one name means the job 'web' and the container 'web' \(the other: running\/r.json:4/,
          ),
        },
      ]);
    },
  );
});
