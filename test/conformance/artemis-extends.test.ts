// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { flattenPod, podDiagnostics, valueOf, type SpecFiles } from '@fairlead/spec';
import { conformanceDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { deviations } from './deviations.ts';

const artemis = join(conformanceDir() ?? '', 'artemis');
const folder = join(artemis, 'extends');
const tests = readdirSync(folder).filter((name) => name.endsWith('_test.yaml'));

function filesOf(read: (path: string) => Uint8Array | undefined): SpecFiles {
  return {
    resolve: (file, reference) => posix.join(posix.dirname(file), reference),
    read: async (path) => read(path),
  };
}

describe('when specifications of Artemis extend each other', () => {
  const onDisk = filesOf((path) =>
    existsSync(join(folder, path)) ? readFileSync(join(folder, path)) : undefined,
  );

  it.each(tests)('%s gives what it gives there', async (test) => {
    const pod = await flattenPod(test, onDisk);
    const expected = join(folder, test.replace('_test.yaml', '_expected.json'));
    if (existsSync(expected)) {
      expect(podDiagnostics(pod).map(({ message }) => message)).toEqual([]);
      expect(pod.flat === undefined ? undefined : valueOf(pod.flat)).toEqual(
        JSON.parse(readFileSync(expected, 'utf8')),
      );
      return;
    }
    const [reason = '', ...chain] = readFileSync(
      join(folder, test.replace('_test.yaml', '_fail.gold')),
      'utf8',
    ).split('\n');
    const [message = ''] = podDiagnostics(pod).map(({ message }) => message);
    // Why a file is no JSON is said in the words of whoever reads it.
    const [, start] = /^(Failed to read [^:]*: )\S+\.$/.exec(reason) ?? [];
    expect(message.split('\n')[0]).toEqual(start === undefined ? reason : expect.stringContaining(start));
    expect(message.split('\n').slice(1)).toEqual(chain);
  });
});

interface Probe {
  readonly name: string;
  readonly files: Readonly<Record<string, unknown>>;
  readonly flat: unknown;
}

const derived = 'artemis/derived/extends-probes.json';
const { cases } = JSON.parse(readFileSync(join(artemis, 'derived/extends-probes.json'), 'utf8')) as {
  readonly cases: readonly Probe[];
};

describe('when a corner of merging is probed', () => {
  it.each(cases)('$name', async ({ name, files, flat }) => {
    const pod = await flattenPod(
      'main.yaml',
      filesOf((path) => (path in files ? Buffer.from(JSON.stringify(files[path])) : undefined)),
    );
    const here = pod.flat === undefined ? undefined : valueOf(pod.flat);
    const deviation = deviations.find(({ of }) => of === `${derived}: ${name}`);
    expect(JSON.stringify(here)).toBe(deviation?.here ?? JSON.stringify(flat));
  });

  it('lists no deviation from a case that does not exist', () => {
    const known = cases.map(({ name }) => `${derived}: ${name}`);
    const ours = deviations.map(({ of }) => of).filter((name) => name.startsWith(`${derived}: `));
    expect(ours.filter((name) => !known.includes(name))).toEqual([]);
  });
});
