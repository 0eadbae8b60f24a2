// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompileInput } from '@fairlead/compiler';
import type { Diagnostic } from '@fairlead/spec';
import { conformanceDir } from '@fairlead/testing';
import { deviations } from './deviations.ts';

const device = '0b1e7a52-3c64-4f0e-8d0b-5a1c9f2e4d01';
export const read = (path: string): Buffer => readFileSync(join(conformanceDir() ?? '', 'maestro', path));
export const json = (path: string): unknown => JSON.parse(read(path).toString('utf8'));

/** A fleet of one device whose group runs this running config, with these variables. */
export function fleetWith(
  runningConfig: Uint8Array,
  vars: Readonly<Record<string, string>> = {},
): CompileInput {
  const files = new Map<string, Uint8Array>([
    [
      'fleet.json',
      Buffer.from(
        JSON.stringify({ id: device, vars, groups: { all: { 'running-config': ['running/it.json'] } } }),
      ),
    ],
    ['devices.json', Buffer.from(JSON.stringify({ [device]: { group: 'all' } }))],
    ['trust/root/1.json', Buffer.from('{}')],
    ['running/it.json', runningConfig],
  ]);
  return {
    commit: 'c'.repeat(40),
    tree: 'd'.repeat(40),
    time: '2026-01-01T00:00:00Z',
    branch: 'main',
    generation: 1,
    files: new Map([...files.keys()].map((path) => [path, { oid: path, kind: 'file' as const }])),
    read: (oids) =>
      Promise.resolve(new Map(oids.flatMap((oid) => [[oid, files.get(oid) ?? new Uint8Array()] as const]))),
  };
}

/** What stands here for a case, if that is not what was observed. */
export const deviationOf = (file: string, name: string): string | undefined =>
  deviations.find(({ of }) => of === `maestro/${file}: ${name}`)?.here;

/** Each `severity code` once, in one line. */
export const verdictOn = (found: readonly Pick<Diagnostic, 'severity' | 'code'>[]): string =>
  [...new Set(found.map(({ severity, code }) => `${severity} ${code}`))].toSorted().join(', ');

export const running = (parts: object): Uint8Array =>
  Buffer.from(JSON.stringify({ config: 'running', ...parts }));
