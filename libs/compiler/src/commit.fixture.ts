// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { FairleadError } from '@fairlead/base';
import type { Diagnostic } from '@fairlead/spec';
import { parseTarget, type JobUnit, type TargetState } from '@fairlead/target';
import { jobsOf } from '@fairlead/target/testing';
import type { CommitFile, Compiled, CompileInput, Compiler } from './compile-types.ts';
import { createCompiler } from './compiler.ts';

export const fleetId = '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11';
export const deviceA = '0b1e7a52-3c64-4f0e-8d0b-5a1c9f2e4d01';
export const deviceB = '4d2f9c86-71ab-4e3d-9c5e-b80a6d3f1e02';
export const sha = 'c01b39c7a35ccc3b081a3e83d2c71fa9a767ebfeb45c69f08e17dfe3ef375a7b';

/** Files by path: text as it stands, anything else as JSON. */
export type Files = Readonly<Record<string, unknown>>;

export function bytesOf(content: unknown): Uint8Array {
  if (content instanceof Uint8Array) return content;
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content, null, 2));
}

/** A commit whose files lie in memory; `reads` collects the ids of the blobs that were asked for. */
export function commitOf(
  files: Files,
  options: {
    readonly generation?: number;
    readonly entries?: Readonly<Record<string, CommitFile>>;
    readonly reads?: string[];
  } = {},
): CompileInput {
  const blobs = Object.entries(files).map(([path, content]) => {
    const bytes = bytesOf(content);
    return {
      path,
      bytes,
      oid: createHash('sha1')
        .update(`blob ${String(bytes.byteLength)}\0`)
        .update(bytes)
        .digest('hex'),
    };
  });
  return {
    commit: 'c'.repeat(40),
    tree: 'd'.repeat(40),
    time: '2026-01-02T03:04:05Z',
    branch: 'main',
    generation: options.generation ?? 7,
    files: new Map<string, CommitFile>([
      ...blobs.map(({ path, oid }) => [path, { oid, kind: 'file' as const }] as const),
      ...Object.entries(options.entries ?? {}),
    ]),
    read: (oids, maxBytes) => {
      options.reads?.push(...oids);
      return Promise.resolve(
        new Map(
          blobs
            .filter(({ oid, bytes }) => oids.includes(oid) && bytes.byteLength <= maxBytes)
            .map(({ oid, bytes }) => [oid, bytes]),
        ),
      );
    },
  };
}

/** A fleet of one group and one device that runs these running configs. */
export function fleetOf(...running: readonly unknown[]): Files {
  const paths = running.map((_, index) => `running/${String(index)}.json`);
  return {
    'fleet.json': { id: fleetId, groups: { g: { 'running-config': paths } } },
    'devices.json': { [deviceA]: { name: 'one', group: 'g' } },
    'trust/root/1.json': {},
    ...Object.fromEntries(
      running.map((content, index) => [
        `running/${String(index)}.json`,
        typeof content === 'object' ? { config: 'running', ...content } : content,
      ]),
    ),
  };
}

export async function compiledOf(files: Files, compiler: Compiler = createCompiler()): Promise<Compiled> {
  const result = await compiler.compile(commitOf(files));
  if (result.kind === 'compiled') return result;
  throw new FairleadError({
    code: 'internal',
    message: result.diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'),
  });
}

export function targetOf(compiled: Compiled, device: string = deviceA): TargetState {
  const bytes = compiled.bodies.get(compiled.targets.get(device) ?? 'sha256:');
  const parsed = parseTarget(bytes ?? new Uint8Array());
  if (parsed.ok) return parsed.value;
  throw new FairleadError({ code: 'internal', message: parsed.error.join('\n') });
}

/** Units of a fleet that runs these running configs, by name. */
export async function unitsOf(...running: readonly object[]): Promise<Readonly<Record<string, JobUnit>>> {
  return Object.fromEntries(
    jobsOf(targetOf(await compiledOf(fleetOf(...running)))).map((unit) => [unit.name, unit]),
  );
}

export async function diagnosticsOf(files: Files): Promise<readonly Diagnostic[]> {
  return createCompiler().check(commitOf(files));
}

/** `severity code` of what is wrong with a fleet that runs these running configs. */
export async function remarksOn(...running: readonly unknown[]): Promise<readonly string[]> {
  return (await diagnosticsOf(fleetOf(...running))).map(({ severity, code }) => `${severity} ${code}`);
}

export function image(job: string, more: object = {}): object {
  return {
    job,
    version: '1',
    url: 'https://example.org/a.tar',
    size: 10,
    checksum: { type: 'sha256sum', value: sha },
    image_type: 'tarball',
    ...more,
  };
}

export const deviceC = '9a63d0f4-25be-47c8-a7f1-1e4c8b5d2f03';
/** A running config of one job. */
export const run = (program: string): object => ({
  config: 'running',
  jobs: [{ job: 'a', exec_cmd: program }],
});

/** Two groups, three devices, one of them in a shard and in upper case. */
export const fleet: Files = {
  'fleet.json': {
    id: fleetId,
    groups: {
      north: { 'running-config': ['./running/n.json'] },
      south: { 'running-config': ['running/s.json'] },
      idle: { retired: true },
    },
  },
  'devices.json': { [deviceC]: { group: 'south' }, [deviceA]: { name: 'first', group: 'north' } },
  'devices/more/x.json': { [deviceB.toUpperCase()]: { group: 'south' } },
  'trust/root/1.json': { any: 'thing' },
  'running/n.json': run('/n'),
  'running/s.json': run('/s'),
};

/** `severity code file:line` of each diagnostic. */
export const told = async (files: Files) =>
  (await diagnosticsOf(files)).map(
    ({ severity, code, file, line }) => `${severity} ${code} ${file}:${String(line)}`,
  );
