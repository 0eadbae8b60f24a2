// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDesiredState } from './desired-state/parse-desired-state.ts';
import type { Diagnostic } from './diagnostic.ts';
import { parseDevicesFile, parseFleetFile, parseHistoryFile, parseRunningConfig } from './parse-files.ts';
import { locate, type ParsedFile } from './parsed-file.ts';

const id = '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11';

function diagnose<T>(parse: (bytes: Uint8Array) => ParsedFile<T>, content: unknown): readonly Diagnostic[] {
  const { text, problems } = parse(
    Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
  );
  return locate('f.json', text, problems);
}

const told = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map(({ code, line, column }) => `${code} ${String(line)}:${String(column)}`);

describe('when fleet.json is parsed', () => {
  it('takes every key of the language, and free ones', () => {
    const file = {
      $schema: 'https://fairlead.dev/schemas/fleet/v1.json',
      id,
      organization: id,
      edition: 1,
      vars: { A: 'b' },
      groups: {
        a: {
          pod: 'p@latest',
          'running-config': ['running/a.json'],
          'desired-state': ['d.json'],
          apply: 'idle',
          vars: { A: 'c' },
          'x-owner': ['me'],
        },
        b: { retired: true },
        c: { pod: './pods/c.yaml', apply: { window: '0 3 * * *', duration: '2h', zone: 'Europe/Berlin' } },
      },
      broker: 'b',
      servers: { b: { type: 'toit-http' } },
      'migrating-from': ['old'],
      'recovery-urls': ['https://example.org'],
      'x-note': 1,
    };
    const { value, problems } = parseFleetFile(Buffer.from(JSON.stringify(file)));
    expect(problems).toEqual([]);
    expect(value).toEqual(file);
  });

  it('takes a reference, which has no groups', () => {
    expect(diagnose(parseFleetFile, { id, 'is-reference': true })).toEqual([]);
    expect(told(diagnose(parseFleetFile, { id, 'is-reference': true, groups: {} }))).toEqual([
      'conflicting-settings 1:66',
    ]);
    expect(told(diagnose(parseFleetFile, { id }))).toEqual(['missing-key 1:1']);
  });

  it('asks each living group for a source', () => {
    expect(
      told(
        diagnose(
          parseFleetFile,
          '{"id":"' +
            id +
            '","groups":{\n"a":{},\n"b":{"running-config":[]},\n"c":{"retired":true},"d":{"pod":"x@y"}}}',
        ),
      ),
    ).toEqual(['group-empty 2:5', 'group-empty 3:5']);
  });

  it('asks for a pod by a name that says which', () => {
    const [found] = diagnose(parseFleetFile, { id, groups: { a: { pod: 'sensor' } } });
    expect(found).toMatchObject({
      code: 'invalid-value',
      message: expect.stringContaining("'sensor@latest'"),
    });
  });

  it('reports all problems of the file at once, each with its place and the way out', () => {
    const found = diagnose(
      parseFleetFile,
      `{
  "id": "no uuid",
  "edition": 0,
  "vars": { "A": 1 },
  "vars": {},
  "groups": {
    "a": { "runing-config": ["x"], "pod": "p@q", "apply": "never" }
  }
}`,
    );
    expect(told(found)).toEqual([
      'invalid-uuid 2:9',
      'invalid-value 3:14',
      'duplicate-key 5:3',
      'unknown-key 7:12',
      'invalid-value 7:59',
    ]);
    expect(found[3]?.hint).toContain("'running-config'");
    expect(found[4]?.hint).toContain("'now' or 'idle'");
    for (const { hint, message } of found) expect(hint !== '' && message !== '').toBe(true);
  });
});

describe('when devices.json is parsed', () => {
  it('lists devices by lower-case id', () => {
    const upper = id.toUpperCase();
    expect(
      parseDevicesFile(
        Buffer.from(JSON.stringify({ $schema: 's', 'x-team': {}, [upper]: { name: 'n', group: 'g' } })),
      ).value,
    ).toEqual([{ id, written: upper, entry: { name: 'n', group: 'g' } }]);
  });

  it('refuses ids that are no UUID, ids that differ in case alone, and unknown keys', () => {
    const found = diagnose(
      parseDevicesFile,
      `{
  "lamp": {},
  "${id}": { "nmae": "x" },
  "${id.toUpperCase()}": {}
}`,
    );
    expect(told(found)).toEqual(['invalid-uuid 2:3', 'unknown-key 3:45', 'duplicate-device 4:3']);
    expect(found[1]?.hint).toContain("'name'");
  });
});

describe('when a running config is parsed', () => {
  it.each([
    ['a negative limit', { job: 'a', restart_limit: -1 }, 'invalid-value'],
    ['a limit over 32 bits', { job: 'a', restart_limit: 2 ** 32 }, 'invalid-value'],
    ['a text for a flag', { job: 'a', restart: 'true' }, 'wrong-type'],
    ['a text for a list', { job: 'a', depends_on: 'b' }, 'wrong-type'],
    ['an object for a list', { job: 'a', env: { A: '1' } }, 'wrong-type'],
    ['another spelling of a key', { job: 'a', JOB: 'a' }, 'unknown-key'],
    ['null for a name', { job: null }, 'wrong-type'],
    ['no name', {}, 'missing-key'],
    ['a name that leaves its folder', { job: '..' }, 'invalid-name'],
    ['an environment without a value', { job: 'a', env: ['A'] }, 'invalid-value'],
    ['a NUL', { job: 'a', exec_cmd: 'a\0b' }, 'invalid-value'],
    ['a broken number', { job: 'a', pgid: 1.5 }, 'wrong-type'],
  ])('refuses %s', (_what, job, code) => {
    expect(
      diagnose(parseRunningConfig, { config: 'running', jobs: [job] }).map((diagnostic) => diagnostic.code),
    ).toEqual([code]);
  });

  it('asks for the kind of file', () => {
    expect(diagnose(parseRunningConfig, { jobs: [] }).map(({ code }) => code)).toEqual(['missing-key']);
    expect(diagnose(parseRunningConfig, { config: 'stopped' })[0]).toMatchObject({
      code: 'invalid-value',
      hint: "Use 'running'.",
    });
  });

  it('goes on with what has the right form, so that rules of meaning find their problems too', () => {
    const jobs = '[{"job":"a","disabld":true},{"job":1}]';
    const half = parseRunningConfig(Buffer.from(`{"config":"running","jobs":${jobs}}`));
    expect(half.value?.jobs).toEqual([{ job: 'a' }, undefined]);
    expect([...half.faulty]).toEqual(['/jobs/0/disabled', '/jobs/1/job', '/jobs/1']);
    expect(parseRunningConfig(Buffer.from('[]')).value).toBeUndefined();
  });
});

describe('when anything at all is parsed', () => {
  const word = fc.constantFrom(
    'config',
    'domains',
    'components',
    'baselines',
    'payload',
    'containers',
    'key',
    'value',
    'running',
    'jobs',
    'job',
    'groups',
    'id',
    id,
    'restart',
    'x-a',
    '__proto__',
    'offset',
    'files',
    '',
    'apply',
    'vars',
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      word,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
    ),
  }));

  it('never throws, and places every problem inside the file', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          tree.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        (text) => {
          for (const parse of [
            parseFleetFile,
            parseDevicesFile,
            parseRunningConfig,
            parseHistoryFile,
            parseDesiredState,
          ]) {
            const parsed = parse(Buffer.from(text));
            const lines = text.split('\n').length;
            for (const { line, column, endLine } of locate('f', parsed.text, parsed.problems)) {
              expect(line >= 1 && column >= 1 && endLine >= line && endLine <= lines).toBe(true);
            }
            if (parsed.value === undefined) expect(parsed.problems).not.toEqual([]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('when a key of a running config stands on the wrong side', () => {
  it.each([
    [{ jobs: [{ job: 'a', add_env: [] }] }, 'In a job it is called env.'],
    [{ jobs: [{ job: 'a', cgroup: {} }] }, 'It stands in a template, which the job names.'],
    [{ templates: [{ name: 't', env: [] }] }, 'In a template it is called add_env.'],
    [
      { templates: [{ name: 't', disabled: true }] },
      'It stands in the jobs, each of which says it for itself.',
    ],
    [{ container_templates: [] }, 'Call it templates.'],
    [{ jobs: [{ job: 'a', constructor: 1 }] }, undefined],
    [{ jobs: [{ job: 'a', restrat: true }] }, "Did you mean 'restart'? Keys of your own begin with x-."],
  ])('says of %j: %s', (parts, hint) => {
    const { problems } = parseRunningConfig(Buffer.from(JSON.stringify({ config: 'running', ...parts })));
    expect(problems.map((problem) => [problem.code, problem.hint])).toEqual([['unknown-key', hint]]);
  });
});
