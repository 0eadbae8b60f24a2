// SPDX-License-Identifier: Apache-2.0
import { digestHex, sha256 } from '@fairlead/base';
import { createReceiptReader, jobProcess, type JobProcess } from '@fairlead/fleet-example';
import { runOk, waitFor } from '@fairlead/testing';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFleet, type RunningFleet } from './running-fleet.fixture.ts';

type Entry = Record<string, unknown>;
type RunningConfig = Readonly<Record<'jobs' | 'templates' | 'images' | 'configs', Entry[]>>;

/** Devices by name. */
type Seen = Readonly<Record<string, Readonly<Record<string, JobProcess>>>>;

/** `kept`: the same process still runs. */
type Change = 'kept' | 'started' | 'restarted once' | 'restarted twice' | 'stopped' | 'still';

const [gateway, tide, wind] = ['harbour-gateway', 'tide-sensor', 'wind-sensor'];

let fleet: RunningFleet;
let receipts: ReturnType<typeof createReceiptReader>;
beforeAll(async () => {
  fleet = await runFleet();
  receipts = createReceiptReader(fleet.repo);
  await receipts.fresh();
});
afterAll(() => fleet.remove());

async function look(): Promise<Seen> {
  const views = fleet.devices.map(async (device) => {
    const state = fleet.stateOf(device);
    const jobs = await readdir(join(state, 'jobs/units'));
    const processes = jobs.map(async (job) => [job, await jobProcess(state, job)] as const);
    return [device.name, Object.fromEntries(await Promise.all(processes))] as const;
  });
  return Object.fromEntries(await Promise.all(views));
}

/** What became of each job of each device; what does not run before and after is left out. */
function changes(before: Seen, after: Seen): Readonly<Record<string, Readonly<Record<string, Change>>>> {
  const none: JobProcess = { process: null, runs: 0 };
  return Object.fromEntries(
    Object.entries(after).map(([device, jobs]) => {
      const old = before[device] ?? {};
      const names = [...new Set([...Object.keys(old), ...Object.keys(jobs)])].toSorted();
      const each = names.map((job) => [job, changeOf(old[job] ?? none, jobs[job] ?? none)] as const);
      return [device, Object.fromEntries(each.filter(([, change]) => change !== 'still'))];
    }),
  );
}

function changeOf(before: JobProcess, after: JobProcess): Change {
  if (before.process === null) return after.process === null ? 'still' : 'started';
  if (after.process === null) return 'stopped';
  if (before.process === after.process) return 'kept';
  const restarts = after.runs - before.runs;
  expect(restarts === 1 || restarts === 2, `${String(restarts)} restarts`).toBe(true);
  return restarts === 1 ? 'restarted once' : 'restarted twice';
}

async function rewrite(file: string, change: (config: RunningConfig) => void): Promise<void> {
  const path = join(fleet.repo, 'running', file);
  const config = JSON.parse(await readFile(path, 'utf8')) as RunningConfig;
  change(config);
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`);
}

interface Came {
  readonly commit: string;
  /** Of every device. */
  readonly changes: ReturnType<typeof changes>;
  /** Result of each unit that was not left as it was, by device; of devices whose target changed. */
  readonly receipts: Readonly<Record<string, { readonly result: string; readonly units: object }>>;
}

/** Commits what `change` makes of a file, and waits until no device has anything left to do. */
async function commit(message: string, file: string, change: (config: RunningConfig) => void): Promise<Came> {
  await rewrite(file, change);
  return deploy(() => fleet.change(message, []));
}

async function deploy(act: () => Promise<string>): Promise<Came> {
  const before = await look();
  const commit = await act();
  await fleet.settled(commit);
  const told = Object.fromEntries(
    (await receipts.fresh()).map(({ device, result, units }) => [
      fleet.devices.find(({ id }) => id === device)?.name ?? device,
      {
        result,
        units: Object.fromEntries(
          units
            .filter((unit) => unit.result !== 'unchanged')
            .map((unit) => [unit.unit.replace('jobs/', ''), unit.code ?? unit.result]),
        ),
      },
    ]),
  );
  return { commit, changes: changes(before, await look()), receipts: told };
}

const named = (entries: readonly Entry[], key: string, name: string): Entry => {
  const found = entries.find((entry) => entry[key] === name);
  if (found === undefined) throw new Error(`no ${key} ${name}`);
  return found;
};

const sensorsKept = {
  [tide]: { beacon: 'kept', watch: 'kept' },
  [wind]: { beacon: 'kept', watch: 'kept' },
} as const;
const gatewayKept = { beacon: 'kept', logbook: 'kept', telemetry: 'kept' } as const;

describe('when one commit after another changes what a fleet runs', () => {
  it('1: starts a job that is added, and nothing else', async () => {
    const came = await commit('Count the tides', 'harbour.json', ({ jobs }) => {
      jobs.push({ job: 'tally', exec_cmd: 'sleep', exec_args: ['1000000'], depends_on: ['logbook'] });
    });
    expect(came.changes).toEqual({ [gateway]: { ...gatewayKept, tally: 'started' }, ...sensorsKept });
    expect(came.receipts).toEqual({ [gateway]: { result: 'applied', units: { tally: 'applied' } } });
  });

  it('2: restarts the one job whose config changed', async () => {
    const came = await commit('Another remark', 'harbour.json', ({ configs }) => {
      named(configs, 'name', 'remarks')['data'] = 'a sail in the east\n';
    });
    expect(came.changes).toEqual({
      [gateway]: { ...gatewayKept, logbook: 'restarted once', tally: 'kept' },
      ...sensorsKept,
    });
    expect(came.receipts).toEqual({ [gateway]: { result: 'applied', units: { logbook: 'applied' } } });
  });

  it('3: restarts the one job whose image changed', async () => {
    const image = await newImage('logbook');
    const came = await commit('A new edition of the log book', 'harbour.json', ({ images }) => {
      Object.assign(named(images, 'job', 'logbook'), image);
    });
    expect(came.changes).toEqual({
      [gateway]: { ...gatewayKept, logbook: 'restarted once', tally: 'kept' },
      ...sensorsKept,
    });
    expect(came.receipts).toEqual({ [gateway]: { result: 'applied', units: { logbook: 'applied' } } });
  });

  it('4: stops a job that is disabled, and knows it still', async () => {
    const came = await commit('No more counting', 'harbour.json', ({ jobs }) => {
      named(jobs, 'job', 'tally')['disabled'] = true;
    });
    expect(came.changes).toEqual({ [gateway]: { ...gatewayKept, tally: 'stopped' }, ...sensorsKept });
    expect(came.receipts).toEqual({ [gateway]: { result: 'applied', units: { tally: 'applied' } } });
  });

  it('5: stops a job under its old name and starts it under its new one', async () => {
    const came = await commit('The log book is a journal', 'harbour.json', ({ jobs, images, configs }) => {
      for (const entry of [...jobs, ...images, ...configs])
        if (entry['job'] === 'logbook') entry['job'] = 'journal';
      named(jobs, 'job', 'tally')['depends_on'] = ['journal'];
    });
    expect(came.changes).toEqual({
      [gateway]: { beacon: 'kept', telemetry: 'kept', logbook: 'stopped', journal: 'started' },
      ...sensorsKept,
    });
    expect(came.receipts[gateway]).toEqual({
      result: 'applied',
      units: { journal: 'applied', logbook: 'removed', tally: 'applied' },
    });
  });

  it('6: restarts the jobs of a template that changed, each with what is its own', async () => {
    const came = await commit('Say it otherwise', 'templates.json', ({ templates }) => {
      named(templates, 'name', 'shell-service')['add_env'] = ['SITE={{vars.site}}', 'REMARK=calm'];
    });
    expect(came.changes).toEqual({
      [gateway]: { beacon: 'kept', journal: 'kept', telemetry: 'kept' },
      [tide]: { beacon: 'kept', watch: 'restarted once' },
      [wind]: { beacon: 'kept', watch: 'restarted once' },
    });
    const applied = { result: 'applied', units: { watch: 'applied' } };
    expect(came.receipts).toEqual({ [tide]: applied, [wind]: applied });
  });

  it('7: restarts the one process of a composite once for changes in two of its members', async () => {
    const came = await commit('Measure more often', 'telemetry.json', ({ configs }) => {
      named(configs, 'job', 'load')['data'] = '{"everyMs":2000}';
      Object.assign(named(configs, 'job', 'memory'), { data: '{"everyMs":3000}', encoding: 'utf8' });
    });
    expect(came.changes).toEqual({
      [gateway]: { beacon: 'kept', journal: 'kept', telemetry: 'restarted once' },
      ...sensorsKept,
    });
    expect(came.receipts).toEqual({ [gateway]: { result: 'applied', units: { telemetry: 'applied' } } });
  });

  it('8: touches nothing for an image that is not what it should be', async () => {
    const came = await commit('A spoilt image', 'harbour.json', ({ jobs, images }) => {
      Object.assign(named(images, 'job', 'journal'), {
        checksum: { type: 'sha256sum', value: '0'.repeat(64) },
      });
      named(jobs, 'job', 'tally')['disabled'] = false;
    });
    expect(came.changes).toEqual({
      [gateway]: { beacon: 'kept', journal: 'kept', telemetry: 'kept' },
      ...sensorsKept,
    });
    expect(came.receipts[gateway]).toMatchObject({
      result: 'refused',
      units: { journal: 'digest-mismatch' },
    });
  });

  it('9: takes all of a commit back when one of its jobs does not run', async () => {
    await fleet.git('checkout', 'HEAD~1', '--', 'running');
    const came = await commit('A job that ends at once', 'harbour.json', ({ jobs, configs }) => {
      jobs.push({ job: 'wreck', exec_cmd: 'sh', exec_args: ['-c', 'exit 7'] });
      named(configs, 'name', 'remarks')['data'] = 'a wreck\n';
    });
    const [state = ''] = fleet.devices.filter(({ name }) => name === gateway).map(fleet.stateOf);
    // To the new version, and back.
    expect(came.changes).toEqual({
      [gateway]: { beacon: 'kept', journal: 'restarted twice', telemetry: 'kept' },
      ...sensorsKept,
    });
    expect(came.receipts[gateway]).toEqual({
      result: 'rolled-back',
      units: { journal: 'rolled-back', wreck: 'unit-ended' },
    });
    // Its remarks are those of before.
    const current = join(state, 'jobs/units/journal/current');
    expect(await readFile(join(current, 'configs/journal/remarks/data'), 'utf8')).toBe(
      'a sail in the east\n',
    );
  });

  it('10: has nothing to do for a revert to what runs', async () => {
    const came = await deploy(async () => {
      await fleet.git('revert', '--no-edit', 'HEAD', 'HEAD~1');
      return (await fleet.git('rev-parse', 'HEAD')).trim();
    });
    expect(came.changes).toEqual({
      [gateway]: { beacon: 'kept', journal: 'kept', telemetry: 'kept' },
      ...sensorsKept,
    });
    await waitFor(
      async () => (await fleet.status()).every(({ state }) => /^(applied|unchanged)$/.test(state)),
      {
        what: 'every device at rest',
      },
    );
  });
});

/** Needs root: a job gives up what it may, and is held to limits. */
describe.skipIf(process.getuid?.() !== 0)('when a job is confined', () => {
  it('runs as who it shall, and the others run on', async () => {
    const came = await deploy(() =>
      fleet.change('A pilot', [
        {
          file: 'fleet.json',
          from: '"running/harbour.json"',
          to: '"running/harbour.json", "running/confined.json"',
        },
      ]),
    );
    expect(came.receipts).toEqual({ [gateway]: { result: 'applied', units: { pilot: 'applied' } } });
    expect(came.changes[gateway]).toEqual({
      beacon: 'kept',
      journal: 'kept',
      pilot: 'started',
      telemetry: 'kept',
    });
    const [state = ''] = fleet.devices.filter(({ name }) => name === gateway).map(fleet.stateOf);
    expect(await readFile(join(state, 'logs/pilot/stdout.log'), 'utf8')).toBe(
      'nobody of nogroup is on watch\n!!OK!!\n',
    );
  });
});

/** The program's image with one file more, at the host of images. */
async function newImage(name: string): Promise<Entry> {
  const images = join(fleet.dir, 'images');
  const [old, file] = [join(images, `${name}.tar`), join(images, `${name}-2.tar`)];
  await writeFile(join(images, 'EDITION'), 'second\n');
  await runOk('cp', [old, file]);
  await runOk('tar', ['-C', images, '-rf', file, 'EDITION']);
  const bytes = await readFile(file);
  return {
    version: '2.0.0',
    url: `${fleet.images}/${name}-2.tar`,
    size: bytes.length,
    checksum: { type: 'sha256sum', value: digestHex(sha256(bytes)) },
  };
}
