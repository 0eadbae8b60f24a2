// SPDX-License-Identifier: Apache-2.0
import { jobUnit, type TestRevision } from '@fairlead/link/testing';
import { containerUnit, createTarget, type ContainerUnit, type Unit } from '@fairlead/target';
import {
  canRunEngines,
  registryLogin,
  run,
  startContainerEngine,
  waitFor,
  type ContainerEngine,
  type EngineImage,
  type EngineName,
} from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  agentCommand,
  jobProcesses,
  newDevice,
  program,
  statementOf,
  statusOf,
  type Device,
} from './agent-program.fixture.ts';

type Predicate = ReturnType<typeof statementOf>['predicate'];

/** As the engine lists it. */
interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** Ends at once when it is asked to. */
const untilAsked = ['sh', '-c', "trap 'exit 0' TERM; while :; do sleep 0.1; done"];
/** Bound of a test that starts engine and agent, in milliseconds. */
const patient = 90_000;

describe.skipIf(!canRunEngines())('when a device has a container engine', () => {
  let engine: ContainerEngine;
  let image: EngineImage;
  let crashing: EngineImage;
  const begin = async (name: EngineName): Promise<void> => {
    engine = await startContainerEngine(name);
    onTestFinished(() => engine.close());
    image = await engine.push('app', untilAsked);
    crashing = await engine.push('crashing', ['sh', '-c', 'echo no; exit 3']);
  };

  const names = ['app-a', 'app-b', 'app-c', 'app-d', 'app-e'];
  const five = (change: Partial<ContainerUnit> = {}, changed = 'app-c'): readonly Unit[] =>
    names.map((one) => containerUnit({ name: one, image, ...(one === changed && change) }));
  /** Container ids by name, of all that are there. */
  const there = async (): Promise<Readonly<Record<string, string>>> => {
    const all = (await engine.ask('GET', '/containers/json?all=1')) as readonly Listed[];
    return Object.fromEntries(
      all
        .map(({ Id, Names, State }) => [`${State} ${Names[0] ?? ''}`, Id] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  };
  const running = Object.fromEntries(names.map((one) => [`running /${one}`, expect.any(String)]));

  /** A device whose agent streams, and how it is given revisions. */
  async function connected(): Promise<{
    readonly device: Device;
    apply(units: readonly Unit[]): Promise<Predicate>;
  }> {
    const device = await newDevice();
    device.start({}, ['--engine', engine.socket, '--stop-grace', '1s']);
    const stream = await device.server.stream();
    expect(stream.hello).toMatchObject({ capabilities: ['jobs', 'containers'] });
    let last: TestRevision | undefined;
    let counter = 0;
    return {
      device,
      async apply(units) {
        counter += 1;
        last = device.fleet.revision(counter, createTarget(units), last?.versions);
        stream.send(last.offer());
        const receipt = await waitFor(() =>
          stream.received.filter((message) => message.kind === 'receipt').at(counter - 1),
        );
        stream.send({ kind: 'receipt-ack', seq: counter });
        return statementOf(receipt.envelope).predicate;
      },
    };
  }

  it(
    'restarts the one of five that a commit changes, and ends as before after one that crashes',
    async () => {
      await begin('docker');
      const { device, apply } = await connected();
      expect(await apply(five())).toMatchObject({ result: 'applied' });
      const first = await there();
      expect(first).toEqual(running);

      expect(await apply(five({ env: { LEVEL: '2' } }))).toMatchObject({ result: 'applied' });
      const second = await there();
      const { 'running /app-c': before, ...others } = first;
      expect(second).toMatchObject(others);
      expect(second['running /app-c']).not.toBe(before);

      const failed = await apply(five({ image: crashing }));
      expect(failed).toMatchObject({ result: 'rolled-back', code: 'unit-ended' });
      expect(failed.remarks.join()).toContain('exit code 3');
      // The crashed one is cleaned away; the version before stays for a way back, as it did after the second commit.
      await waitFor(async () => Object.keys(await there()).length === Object.keys(second).length);
      expect(await there()).toEqual(second);

      const logs = await agentCommand(['logs', 'app-a', '--state', device.state]);
      expect(logs.code).toBe(0);
      const down = await agentCommand([
        'down',
        '--state',
        device.state,
        '--output',
        'json',
        '--stop-grace',
        '1s',
      ]);
      expect(JSON.parse(down.stdout)).toMatchObject({ remaining: [] });
      expect(Object.keys(await there()).some((one) => one.startsWith('running'))).toBe(false);
    },
    patient,
  );

  it(
    'takes a job and a container back together, logs in to a registry, and leaves the containers of others alone',
    async () => {
      await begin('podman');
      const { device, apply } = await connected();
      const locked = await engine.push('locked', ['sleep', '1000'], 'locked');
      const job = (text: string): Unit => jobUnit('job', '/bin/sh', ['-c', `echo ${text}; exec sleep 1000`]);
      const web = (fields: Partial<ContainerUnit>): Unit => containerUnit({ name: 'web', image, ...fields });
      expect(await apply([job('one'), web({})])).toMatchObject({ result: 'applied' });
      const created = await engine.ask('POST', '/containers/create?name=by-hand', {
        Image: `${image.reference.replace(/:\d+$/, '')}@${image.digest}`,
      });
      const before = await there();
      const jobsBefore = Object.keys(await jobProcesses(device.state));

      expect(await apply([job('two'), web({ image: crashing })])).toMatchObject({ result: 'rolled-back' });
      await waitFor(async () =>
        (await statusOf(device.state)).units.every(({ condition }) => condition === 'running'),
      );
      await waitFor(async () => Object.keys(await there()).length === 2);
      expect(await there()).toEqual(before);
      expect(Object.keys(await jobProcesses(device.state))).toEqual(jobsBefore);
      const logs = await agentCommand(['logs', 'job', '--lines', '1', '--state', device.state]);
      expect(logs.stdout).toBe('one\n');

      const login = await run('sh', [
        '-c',
        `echo ${registryLogin.user}:${registryLogin.password} | ${process.execPath} ${program} secrets set registry/${locked.reference.split('/')[0] ?? ''} --state ${device.state}`,
      ]);
      expect(login.code).toBe(0);
      expect(await apply([job('one'), web({ image: locked })])).toMatchObject({ result: 'applied' });
      expect(Object.values(await there())).toContain((created as { readonly Id: string }).Id);
    },
    patient,
  );
});

describe('when a device has no engine', () => {
  it('refuses a container by name', async () => {
    const device = await newDevice();
    device.start();
    const stream = await device.server.stream();
    expect(stream.hello).toMatchObject({ capabilities: ['jobs'] });
    const image = {
      reference: 'registry.example/web:1',
      digest: `sha256:${'0'.repeat(64)}`,
      size: 1,
    } as const;
    stream.send(device.fleet.revision(1, createTarget([containerUnit({ name: 'web', image })])).offer());
    const receipt = await stream.message('receipt');
    expect(statementOf(receipt.envelope).predicate).toMatchObject({
      result: 'refused',
      code: 'unsupported-feature',
    });
  });
});
