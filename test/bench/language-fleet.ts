// SPDX-License-Identifier: Apache-2.0
// A fleet that uses the whole language: groups with a pod and a running config each, images from the lock, variables.
import { createHash } from 'node:crypto';
import { deviceId, runningConfig } from './large-fleet.ts';

export const fleetSize = { groups: 1_000, pods: 1_000, runningConfigs: 300 } as const;
/** Devices of one file where a fleet has more than one file of them holds well. */
const shard = 1_000;
const mostInOneFile = 10_000;
const images = 100;
const podSchema = '$schema: https://fairlead.dev/schemas/pod/v1.json';

/** Files by path. Up to 10,000 devices stand in `devices.json`, more in files of 1,000 below `devices/`. */
export function languageFleet(devices: number): ReadonlyMap<string, string> {
  const { groups, pods, runningConfigs } = fleetSize;
  const numbers = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);
  return new Map([
    ['trust/root/1.json', '{}'],
    [
      'fleet.json',
      json({
        id: '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11',
        vars: { site: 'none' },
        groups: Object.fromEntries(
          numbers(groups).map((index) => [
            `group-${String(index)}`,
            {
              pod: `./pods/pod-${String(index % pods)}.yaml`,
              'running-config': ['running/templates.json', configPath(index % runningConfigs)],
              vars: { site: `site-${String(index % 10)}` },
            },
          ]),
        ),
      }),
    ],
    ...deviceFiles(devices),
    ['running/templates.json', templates(5)],
    ...numbers(runningConfigs).map((index) => [configPath(index), config(index, 1)] as const),
    [
      'pods/base.yaml',
      `${podSchema}\ncontainers:\n  cache:\n    image: registry.example/app-0:1\n    critical: true\n`,
    ],
    ...numbers(pods).map((index) => [`pods/pod-${String(index)}.yaml`, pod(index)] as const),
    [
      'fleet.lock.json',
      json({
        images: Object.fromEntries(
          numbers(images).map((index) => [
            `registry.example/app-${String(index)}:1`,
            { digest: `sha256:${hash(`image ${String(index)}`)}`, size: 50_000_000 + index },
          ]),
        ),
      }),
    ],
  ]);
}

export function configPath(index: number): string {
  return `running/config-${String(index)}.json`;
}

export function config(index: number, version: number): string {
  return json(runningConfig(`config-${String(index)}`, version));
}

/** All running configs use it: another limit changes every group. */
export function templates(restartLimit: number): string {
  const service = {
    name: 'service',
    restart: true,
    restart_limit: restartLimit,
    uses_ok_string: true,
    add_env: ['SITE={{vars.site}}'],
  };
  return json({ config: 'running', templates: [service] });
}

function deviceFiles(devices: number): readonly (readonly [string, string])[] {
  const inOne = devices <= mostInOneFile ? devices : shard;
  return Array.from({ length: Math.ceil(devices / inOne) }, (_, file) => [
    devices <= mostInOneFile ? 'devices.json' : `devices/${String(file)}.json`,
    json(
      Object.fromEntries(
        Array.from({ length: Math.min(inOne, devices - file * inOne) }, (__, place) => {
          const index = file * inOne + place;
          const group = `group-${String(index % fleetSize.groups)}`;
          return [deviceId(index), { name: `device-${String(index)}`, group }];
        }),
      ),
    ),
  ]);
}

function pod(index: number): string {
  return [
    podSchema,
    'extends: [base.yaml]',
    'containers:',
    '  web:',
    `    image: registry.example/app-${String(index % images)}:1`,
    `    arguments: [serve, --pod, "${String(index)}", --site, "{{vars.site}}"]`,
    '    requires: [cache]',
    '    resources: {memory: 64Mi, cpus: 0.5}',
    '    health: {tcp: 8080, interval: 5s}',
    '  report:',
    `    image: registry.example/app-${String((index + 1) % images)}:1`,
    '    triggers: [{interval: 1h}]',
    '',
  ].join('\n');
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
