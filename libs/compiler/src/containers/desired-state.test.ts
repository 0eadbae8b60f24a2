// SPDX-License-Identifier: Apache-2.0
import { emptyLock } from '@fairlead/spec';
import { describe, expect, it } from 'vitest';
import {
  compiledOf,
  deviceA,
  deviceB,
  diagnosticsOf,
  fleetId,
  sha,
  targetOf,
  type Files,
} from '../commit.fixture.ts';

const digest = `sha256:${sha}`;
const entry = (key: string, value: string) => ({ key, value });
const broker = {
  id: 'broker',
  version: '2',
  config: [entry('port', 'localhost:1883:1883'), entry('memory', '64M'), entry('env', 'LOG={{vars.LOG}}')],
};
const feeder = { id: 'feeder', version: '1', config: [entry('host', 'mqtt:container_broker-host')] };
const state = (...components: readonly unknown[]) => ({ domains: [{ id: 'containers', components }] });

function fleetOf(...states: readonly unknown[]): Files {
  const paths = states.map((_, index) => `desired-state/${String(index)}.json`);
  const images = {
    'docker.io/library/broker:2': { digest, size: 7 },
    'docker.io/library/feeder:1': { digest, size: 8 },
  };
  return {
    'fleet.json': { id: fleetId, vars: { LOG: 'info' }, groups: { g: { 'desired-state': paths } } },
    'devices.json': { [deviceA]: { group: 'g' }, [deviceB]: { group: 'g', vars: { LOG: 'debug' } } },
    'trust/root/1.json': {},
    'fleet.lock.json': { ...emptyLock, images },
    ...Object.fromEntries(states.map((content, index) => [paths[index], content])),
  };
}

const told = async (files: Files) =>
  (await diagnosticsOf(files)).map(
    ({ code, file, line, column }) => `${code} ${file}:${String(line)}:${String(column)}`,
  );

describe("when a group's source is a Kanto desired state", () => {
  it('runs its components as containers, each image as the lock has it, with the variables of the device', async () => {
    const compiled = await compiledOf(fleetOf({ activityId: 'a', payload: state(broker, feeder) }));
    const [first, second] = targetOf(compiled).units;
    expect(first).toMatchObject({
      domain: 'containers',
      name: 'broker',
      image: { reference: 'docker.io/library/broker:2', digest, size: 7 },
      env: { LOG: 'info' },
      ports: [
        { hostAddress: '127.0.0.1', hostPorts: { first: 1883, last: 1883 }, port: 1883, protocol: 'tcp' },
      ],
      restart: { kind: 'unless-stopped' },
      hostname: 'broker-host',
      attributes: { resources: { memoryBytes: 64 * 2 ** 20 } },
    });
    expect(second).toMatchObject({ name: 'feeder', requires: ['broker'] });
    expect(targetOf(compiled, deviceB).units[0]).toMatchObject({ env: { LOG: 'debug' } });
  });

  it('is one with the other sources: what they both define is an error with both places', async () => {
    const found = await diagnosticsOf(fleetOf(state(broker), state({ ...broker, version: '2' })));
    expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
    const other = { ...broker, config: [entry('image', 'feeder:1')] };
    expect((await diagnosticsOf(fleetOf(state(broker), state(other)))).map(({ code }) => code)).toEqual([
      'duplicate-definition',
    ]);
  });

  it('names each mistake at its place', async () => {
    const wrong = {
      ...feeder,
      config: [entry('prot', '80:80'), entry('port', '70000:80'), entry('port', '{{vars.LOG}}:80')],
    };
    expect(await told(fleetOf(state(wrong, { id: 'new', version: '3' })))).toEqual([
      'unknown-key desired-state/0.json:11:22',
      'invalid-value desired-state/0.json:16:24',
      'invalid-value desired-state/0.json:20:24',
      'invalid-value desired-state/0.json:20:24',
      'reference-unlocked desired-state/0.json:26:22',
    ]);
  });

  it('refuses what a group cannot run, and what is not there', async () => {
    const os = { domains: [{ id: 'self-update', components: [{ id: 'os-image', version: '2' }] }] };
    expect(await told(fleetOf(os))).toEqual(['source-unsupported desired-state/0.json:4:13']);
    const files = fleetOf(state(feeder));
    expect(await told({ ...files, 'desired-state/0.json': '{' })).toEqual([
      'json-syntax desired-state/0.json:1:2',
    ]);
    expect(
      await told({
        ...files,
        'fleet.json': { id: fleetId, groups: { g: { 'desired-state': ['no.json'] } } },
      }),
    ).toEqual(['file-missing fleet.json:6:9']);
  });

  it('finds containers that wait for each other', async () => {
    const one = { id: 'broker', version: '2', config: [entry('host', 'a:container_feeder-host')] };
    expect((await diagnosticsOf(fleetOf(state(one, feeder)))).map(({ code }) => code)).toEqual([
      'dependency-cycle',
    ]);
  });
});
