// SPDX-License-Identifier: Apache-2.0
import { parseRunningConfig } from '@fairlead/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRunningConfig } from '../check-running.ts';
import { bytesOf, commitOf, diagnosticsOf, fleetOf } from '../commit.fixture.ts';
import { createCompiler } from '../compiler.ts';
import { arbitraryRunningConfig } from './arbitrary-running-config.fixture.ts';

const isLong = process.env['FAIRLEAD_LONG'] === '1';
const runs = (short: number): { readonly numRuns: number } => ({ numRuns: isLong ? short * 20 : short });
const sections = ['jobs', 'templates', 'images', 'configs'] as const;

/** What a commit means, without places. */
async function meaningOf(...running: readonly object[]) {
  const result = await createCompiler().compile(commitOf(fleetOf(...running)));
  if (result.kind === 'compiled') return [...result.bodies.keys()];
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
  return errors.map(({ code }) => code).toSorted();
}

describe('when any running config is read', () => {
  it('is the same again when it is printed and parsed', () => {
    fc.assert(
      fc.property(arbitraryRunningConfig, (written) => {
        const { value, problems } = parseRunningConfig(bytesOf(written));
        expect(problems).toEqual([]);
        expect(value).toEqual(written);
      }),
      runs(100),
    );
  });

  it('means the same in any order of its entries, and divided among any files', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRunningConfig, fc.infiniteStream(fc.nat()), async (written, numbers) => {
        const next = (): number => Number(numbers.next().value);
        const parts = [0, 1].map((part) => ({ part, entries: new Map<string, object[]>() }));
        for (const section of sections) {
          const shuffled = (written[section] ?? [])
            .map((entry: object) => [next(), entry] as const)
            .toSorted(([a], [b]) => a - b);
          for (const [number, entry] of shuffled) {
            const { entries } = parts[number % 2] ?? { entries: new Map<string, object[]>() };
            entries.set(section, [...(entries.get(section) ?? []), entry]);
          }
        }
        const files = parts.map(({ entries }) => Object.fromEntries(entries));
        const meaning = await meaningOf(written);
        expect(await meaningOf(...files)).toEqual(meaning);
        expect(await meaningOf(...files.toReversed())).toEqual(meaning);
      }),
      runs(60),
    );
  });

  it('is flattened alike in any order of its entries, or refused alike', () => {
    fc.assert(
      fc.property(arbitraryRunningConfig, (written) => {
        const turned = Object.fromEntries(
          Object.entries(written).map(([key, part]) => [
            key,
            sections.some((section) => section === key) ? (part as readonly object[]).toReversed() : part,
          ]),
        );
        const one = checkRunningConfig('r.json', bytesOf(written));
        const other = checkRunningConfig('r.json', bytesOf(turned));
        expect(other.value).toEqual(one.value);
        const isWrong = one.diagnostics.some(({ severity }) => severity === 'error');
        expect(one.value === undefined).toBe(isWrong);
        expect(JSON.parse(JSON.stringify(one.value ?? null))).toEqual(one.value ?? null);
      }),
      runs(100),
    );
  });
});

describe('when a running config is made to hurt', () => {
  const jobs = (count: number, prefix: string): object => ({
    jobs: Array.from({ length: count }, (_, index) => ({ job: `${prefix}${String(index)}`, exec_cmd: 'x' })),
  });

  const crowd = isLong ? 100_000 : 10_000;

  it(`refuses ${String(crowd)} jobs as too many`, async () => {
    const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((prefix) => jobs(crowd / 8, prefix));
    expect((await diagnosticsOf(fleetOf(...files.map(compact)))).map(({ code }) => code)).toEqual([
      'too-many',
    ]);
  });

  it('tells of a hundred jobs that all depend on all', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `j${String(index)}`);
    const all = { jobs: names.map((job) => ({ job, exec_cmd: 'x', depends_on: names })) };
    const found = await diagnosticsOf(fleetOf(compact(all)));
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['dependency-cycle']));
    expect(found).toHaveLength(100);
  });

  it.each([
    ['a key of a megabyte', `{"config":"running","${'k'.repeat(2 ** 20 - 100)}":1}`, 'unknown-key'],
    [
      'a text of a megabyte in braces',
      `{"config":"running","taskID":"${'{{'.repeat(2 ** 18)}"}`,
      'placeholder-unknown',
    ],
    [
      'a thousand levels',
      `{"config":"running","jobs":${'['.repeat(1000)}${']'.repeat(1000)}}`,
      'json-too-deep',
    ],
    ['__proto__ as key', '{"config":"running","__proto__":{"jobs":[]}}', 'unknown-key'],
    ['__proto__ as name', '{"config":"running","jobs":[{"job":"__proto__","exec_cmd":"x"}]}', 'invalid-name'],
    [
      '__proto__ as template',
      '{"config":"running","jobs":[{"job":"a","container_template":"__proto__"}]}',
      'template-undefined',
    ],
    [
      '__proto__ as variable',
      '{"config":"running","jobs":[{"job":"a","exec_cmd":"x","env":["__proto__=1"]}]}',
      'invalid-value',
    ],
    [
      '__proto__ as {{vars.…}}',
      '{"config":"running","jobs":[{"job":"a","exec_cmd":"{{vars.__proto__}}"}]}',
      'variable-undefined',
    ],
  ])('takes %s for what it is', async (_what, text, code) => {
    const found = await diagnosticsOf(fleetOf(text));
    expect([...new Set(found.map((one) => one.code))]).toEqual([code]);
  });
});

/** A file as small as JSON makes it. */
function compact(running: object): string {
  return JSON.stringify({ config: 'running', ...running });
}
