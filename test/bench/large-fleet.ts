// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import type { CompileInput } from '@fairlead/compiler';

/** A commit made up in memory, whose blobs are named as Git names them. */
export interface SyntheticCommit {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly input: CompileInput;
}

export function commitOf(files: ReadonlyMap<string, Uint8Array>, generation: number): SyntheticCommit {
  const blobs = new Map([...files].map(([path, bytes]) => [path, { oid: blobId(bytes), bytes }]));
  const byOid = new Map([...blobs.values()].map(({ oid, bytes }) => [oid, bytes]));
  return {
    files,
    input: {
      commit: generation.toString(16).padStart(40, '0'),
      tree: generation.toString(16).padStart(40, 'f'),
      time: '2026-01-01T00:00:00Z',
      branch: 'main',
      generation,
      files: new Map([...blobs].map(([path, { oid }]) => [path, { oid, kind: 'file' as const }])),
      read: (oids) =>
        Promise.resolve(
          new Map(
            oids.flatMap((oid) => {
              const bytes = byOid.get(oid);
              return bytes === undefined ? [] : [[oid, bytes] as const];
            }),
          ),
        ),
    },
  };
}

function blobId(bytes: Uint8Array): string {
  return createHash('sha1')
    .update(`blob ${String(bytes.byteLength)}\0`)
    .update(bytes)
    .digest('hex');
}

export interface FleetSize {
  readonly groups: number;
  readonly devices: number;
}

/** Files of a fleet: one running config of four jobs for each group, with a template that all share. */
export function largeFleet({ groups, devices }: FleetSize): ReadonlyMap<string, Uint8Array> {
  const names = Array.from({ length: groups }, (_, index) => `group-${String(index)}`);
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value, null, 2));
  return new Map<string, Uint8Array>([
    [
      'fleet.json',
      json({
        id: '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11',
        groups: Object.fromEntries(
          names.map((name) => [
            name,
            { 'running-config': ['running/templates.json', `running/${name}.json`] },
          ]),
        ),
      }),
    ],
    [
      'devices.json',
      json(
        Object.fromEntries(
          Array.from({ length: devices }, (_, index) => [
            deviceId(index),
            { name: `device-${String(index)}`, group: names[index % groups] },
          ]),
        ),
      ),
    ],
    ['trust/root/1.json', json({})],
    [
      'running/templates.json',
      json({
        config: 'running',
        templates: [
          {
            name: 'service',
            exec_cmd: '/usr/bin/node',
            restart: true,
            restart_limit: 5,
            uses_ok_string: true,
            add_env: ['LC_ALL=C'],
          },
        ],
      }),
    ],
    ...names.map((name) => [`running/${name}.json`, json(runningConfig(name, 1))] as const),
  ]);
}

export function runningConfig(group: string, version: number): unknown {
  const jobs = ['collector', 'uplink', 'rules', 'console'];
  return {
    config: 'running',
    jobs: jobs.map((job, index) => ({
      job,
      container_template: 'service',
      exec_cmd: '{{IMAGE}}/main.mjs',
      exec_args: ['--group', group, '--version', String(version)],
      depends_on: index === 0 ? [] : [jobs[index - 1]],
    })),
    images: jobs.map((job) => ({
      job,
      version: `1.0.${String(version)}`,
      url: `https://images.example.org/${group}/${job}.tar`,
      size: 1_000_000 + version,
      checksum: {
        type: 'sha256sum',
        value: createHash('sha256')
          .update(`${group}/${job}/${String(version)}`)
          .digest('hex'),
      },
      image_type: 'tarball',
    })),
    configs: jobs.map((job) => ({
      name: 'default',
      job,
      data: JSON.stringify({ group, job, interval: 5000 }),
    })),
  };
}

/** Ids that are spread like random ones, and always the same. */
export function deviceId(index: number): string {
  const hex = createHash('sha256')
    .update(`device ${String(index)}`)
    .digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
