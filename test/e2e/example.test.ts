// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  commitAll,
  copyFleet,
  edit,
  exampleDir,
  initRepository,
  touchesEveryDevice,
} from '@fairlead/fleet-example';
import { schemas, type JsonSchema } from '@fairlead/spec';
import { runOk, tempDir, workspaceRoot } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';

interface Compiled {
  readonly targets: readonly (readonly [string, string])[];
  readonly bodies: readonly (readonly [string, string])[];
  readonly groups: readonly (readonly [string, readonly string[]])[];
  readonly diagnostics: readonly unknown[];
}

interface Unit {
  readonly name: string;
  readonly [field: string]: unknown;
}

async function compile(repo: string): Promise<Compiled> {
  const program = join(import.meta.dirname, 'compile-commit.fixture.ts');
  const printed = await runOk(process.execPath, ['--conditions=@fairlead/source', program, repo], {
    cwd: workspaceRoot,
  });
  return (JSON.parse(printed) as { meaning: Compiled }).meaning;
}

/** The units of one device of each group. */
function unitsOf({ targets, bodies, groups }: Compiled): Readonly<Record<string, readonly Unit[]>> {
  const digests = new Map(targets);
  const texts = new Map(bodies);
  return Object.fromEntries(
    groups.map(([group, [device]]) => [
      group,
      JSON.parse(texts.get(digests.get(device!)!)!).units as readonly Unit[],
    ]),
  );
}

async function exampleRepository(): Promise<string> {
  const repo = await tempDir('example');
  await copyFleet({ to: repo, imageHost: 'http://127.0.0.1:8480' });
  await initRepository(repo);
  await mkdir(join(repo, 'trust/root'), { recursive: true });
  await writeFile(join(repo, 'trust/root/1.json'), '{"any":"root"}\n');
  await commitAll(repo, 'Begin');
  return repo;
}

/** Names of the keys of a schema, those of what it holds included. */
function keysOf({ properties = {}, items }: JsonSchema): readonly string[] {
  const own = Object.entries(properties).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
  return items === undefined ? own : [...own, ...keysOf(items)];
}

describe('when somebody looks for an example of a field of a running config', () => {
  it('finds one, by the name that the field has', async () => {
    const dir = join(exampleDir, 'running');
    const texts = (await readdir(dir)).map((name) => readFile(join(dir, name), 'utf8'));
    const text = (await Promise.all(texts)).join('');
    const aliases = ['chrootimage', 'ChrootImage'];
    const unused = keysOf(schemas.get('https://fairlead.dev/schemas/running-config/v1.json')!).filter(
      (key) => !text.includes(`"${key}":`),
    );
    expect(unused).toEqual(aliases);
  });
});

describe('when the example is compiled', () => {
  it('has nothing to remark, and means a service, a shell job and a composite', async () => {
    const compiled = await compile(await exampleRepository());
    expect(compiled.diagnostics).toEqual([]);
    expect(compiled.targets).toHaveLength(3);
    const { gateways, sensors } = unitsOf(compiled);
    expect(gateways!.map(({ name }) => name)).toEqual([
      'beacon',
      'foghorn',
      'logbook',
      'survey',
      'telemetry',
    ]);
    expect(sensors!.map(({ name }) => name)).toEqual(['beacon', 'watch']);
    expect(gateways![4]).toMatchObject({
      program: 'node',
      stdin: { kind: 'composite' },
      members: [{ name: 'load' }, { name: 'memory' }],
    });
    expect(sensors![1]).toMatchObject({
      program: 'sh',
      ready: { kind: 'ok-string' },
      restart: { enabled: true, limit: 5, pauseMs: 2000 },
      env: { REMARK: 'all quiet' },
      members: [{ configs: [{ files: [{ path: 'etc/watch.conf' }] }] }],
    });
  });

  it('means something else for every device after the change that npm start makes', async () => {
    const repo = await exampleRepository();
    const before = await compile(repo);
    await edit(repo, touchesEveryDevice);
    await commitAll(repo, 'Change');
    const after = await compile(repo);
    expect(after.diagnostics).toEqual([]);
    const old = new Map(before.targets);
    expect(after.targets.filter(([device, target]) => old.get(device) !== target)).toHaveLength(3);
  });
});
