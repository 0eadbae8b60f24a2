// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Diagnostic } from '@fairlead/spec';
import * as draft04 from 'ajv-draft-04';
import * as formats from 'ajv-formats';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { diagnosticsText } from './diagnostics-text.ts';
import { githubAnnotations } from './github-annotations.ts';
import { gitlabCodeQuality } from './gitlab-code-quality.ts';
import { sarifLog } from './sarif.ts';

const plain = picocolors.createColors(false);

/** A diagnostic of `a.json`. */
function diagnostic(more: Partial<Diagnostic> = {}): Diagnostic {
  return {
    file: 'a.json',
    line: 1,
    column: 1,
    endLine: 1,
    endColumn: 1,
    severity: 'error',
    code: 'unknown-key',
    message: "the key 'grups' is not known here",
    hint: "Did you mean 'groups'?",
    ...more,
  };
}

/** As printed, of one text, without the count. */
function printed(text: string, more: Partial<Diagnostic>): string {
  return diagnosticsText([diagnostic(more)], new Map([['a.json', text]]), plain).replace(
    /\n\nno? ?.*$|\n1 .*$/,
    '',
  );
}

describe('when diagnostics are printed for people', () => {
  it('shows place, severity, code, the source line with the range marked, and the way out', () => {
    const text = '{\n  "id": 1,\n  "grups": {}\n}\n';
    expect(printed(text, { line: 3, column: 3, endLine: 3, endColumn: 10 })).toBe(
      [
        "a.json:3:3: error: the key 'grups' is not known here [unknown-key]",
        '  3 |   "grups": {}',
        '    |   ^^^^^^^',
        "  hint: Did you mean 'groups'?",
        '',
      ].join('\n'),
    );
  });

  const lines = (text: string, more: Partial<Diagnostic>) => printed(text, more).split('\n').slice(1, 3);

  it.each<readonly [string, string, Partial<Diagnostic>, readonly string[]]>([
    [
      'a tab as four columns',
      '\t"a":\tx',
      { column: 7, endColumn: 8 },
      ['  1 |     "a":    x', '    |             ^'],
    ],
    ['wide characters as two', '"設定": 1', { column: 2, endColumn: 4 }, ['  1 | "設定": 1', '    |  ^^^^']],
    [
      'what joins as one',
      '"👩‍🔧e\u0301": 1',
      { column: 2, endColumn: 9 },
      ['  1 | "👩‍🔧e\u0301": 1', '    |  ^^^'],
    ],
    [
      'a place without extent by one',
      '{"a" 1}',
      { column: 6, endColumn: 6 },
      ['  1 | {"a" 1}', '    |      ^'],
    ],
    ['the end of a line', '{"a": ', { column: 7, endColumn: 7 }, ['  1 | {"a":', '    |       ^']],
    [
      'of a range over lines the first, without its line end',
      '{ "a": {\r\n  } }',
      { column: 8, endLine: 2, endColumn: 4 },
      ['  1 | { "a": {', '    |        ^'],
    ],
  ])('marks %s', (_what, text, more, expected) => {
    expect(lines(text, more)).toEqual(expected);
  });

  it('cuts a long line around the place', () => {
    const text = `${'a'.repeat(50_000)}WRONG${'b'.repeat(50_000)}`;
    const [source = '', marks = ''] = lines(text, { column: 50_001, endColumn: 50_006 });
    expect(source).toBe(`  1 | …${'a'.repeat(40)}WRONG${'b'.repeat(75)}…`);
    expect(marks.indexOf('^')).toBe(source.indexOf('WRONG'));
    expect(marks.trim()).toBe('| ^^^^^'.replace(' ', ' '.repeat(42)));
  });

  it('shows no line where there is none', () => {
    expect(printed('', { line: 7 }).split('\n')).toHaveLength(3);
    expect(diagnosticsText([diagnostic({ file: 'gone' })], new Map(), plain)).toContain('gone:1:1: error:');
  });

  it('lets no file speak to the terminal', () => {
    const evil = '\u001b[2J\u202e\u009b31m\rx';
    const text = diagnosticsText(
      [diagnostic({ file: evil, message: evil, hint: evil, endColumn: 3 })],
      new Map([[evil, evil]]),
      plain,
    );
    expect(text.replaceAll('\n', '')).not.toMatch(/[\0-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('␛[2J');
  });

  it('is coloured only where colours are on', () => {
    const one = [diagnostic({ severity: 'warning' })];
    expect(diagnosticsText(one, new Map(), plain)).not.toContain('\u001b');
    expect(diagnosticsText(one, new Map(), picocolors.createColors(true))).toContain('\u001b[33mwarning:');
  });

  it('holds whatever the text and the place are', () => {
    const odd = fc.oneof(
      fc.constantFrom('a', '設', '\u0301', '👩', '\u200d', '"', '\ud83d', '\udc69'),
      fc.constantFrom('\t', '\r', '\n', '\0', '\u001b', '\u202e', '\u2028'),
    );
    const whole = fc.nat(100).map((n) => n + 1);
    fc.assert(
      fc.property(
        fc.string({ unit: odd, maxLength: 150 }),
        whole,
        whole,
        whole,
        whole,
        (text, line, column, endLine, endColumn) => {
          const [, source, marks] = printed(text, { line, column, endLine, endColumn }).split('\n');
          if (source?.startsWith('  hint:') === true) return;
          expect(source).toMatch(/^ {2}\d+ \|/);
          expect(marks).toMatch(/^ {3,}\| +\^+$/);
        },
      ),
    );
  });
});

describe('when diagnostics are written as annotations of GitHub', () => {
  it('escapes what a workflow command gives a meaning', () => {
    const one = diagnostic({
      file: 'a,b:c%.json',
      line: 2,
      column: 3,
      endLine: 2,
      endColumn: 5,
      message: '100%\r\nnew :: line, too',
      hint: 'Mend it.',
    });
    expect(githubAnnotations([one])).toBe(
      '::error file=a%2Cb%3Ac%25.json,line=2,endLine=2,col=3,endColumn=5,title=unknown-key::100%25%0D%0Anew :: line, too%0Ahint: Mend it.',
    );
  });

  it('gives one line to each, and no columns to a range over lines', () => {
    const written = githubAnnotations([
      diagnostic({ severity: 'note', endLine: 3 }),
      diagnostic({ severity: 'warning' }),
    ]);
    expect(written.split('\n').map((line) => line.slice(0, line.indexOf('title')))).toEqual([
      '::notice file=a.json,line=1,endLine=3,',
      '::warning file=a.json,line=1,endLine=1,col=1,endColumn=1,',
    ]);
  });
});

describe('when diagnostics are written for GitLab', () => {
  const written = (...all: readonly Diagnostic[]) =>
    gitlabCodeQuality(all) as readonly { readonly fingerprint: string }[];

  it('gives each its place, severity and fingerprint', () => {
    expect(written(diagnostic({ line: 7, endLine: 9 }))).toEqual([
      {
        description: "the key 'grups' is not known here (Did you mean 'groups'?)",
        check_name: 'unknown-key',
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        severity: 'major',
        location: { path: 'a.json', lines: { begin: 7, end: 9 } },
      },
    ]);
  });

  it('knows a problem again on another line, and two alike apart', () => {
    const [first, second] = written(diagnostic(), diagnostic({ line: 3, endLine: 3 }));
    const [moved] = written(diagnostic({ line: 5, endLine: 5 }));
    expect(moved?.fingerprint).toBe(first?.fingerprint);
    expect(second?.fingerprint).not.toBe(first?.fingerprint);
  });
});

describe('when diagnostics are written as SARIF', () => {
  const require = createRequire(import.meta.url);
  const schema = require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const ajv = new draft04.default.default({ strict: false, unicodeRegExp: false });
  formats.default.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')));

  it('is valid by its schema, with each code once as a rule that is explained', () => {
    const log = sarifLog([
      diagnostic({ file: 'running/ä b.json', endColumn: 4 }),
      diagnostic({ severity: 'note', code: 'root-missing' }),
      diagnostic({ severity: 'warning' }),
    ]);
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
    expect(log).toMatchObject({
      runs: [
        {
          tool: {
            driver: {
              rules: [
                { id: 'unknown-key', help: { text: expect.stringMatching(/\w{3,}.*\./) } },
                { id: 'root-missing' },
              ],
            },
          },
          results: [
            {
              ruleIndex: 0,
              level: 'error',
              locations: [{ physicalLocation: { artifactLocation: { uri: 'running/%C3%A4%20b.json' } } }],
            },
            { ruleId: 'root-missing', ruleIndex: 1, level: 'note' },
            { ruleIndex: 0, level: 'warning' },
          ],
        },
      ],
    });
  });

  it('is valid where nothing is wrong, and the schema is one that can refuse', () => {
    expect(validate(sarifLog([]))).toBe(true);
    expect(validate({ ...sarifLog([]), version: '2.0.0' })).toBe(false);
  });
});
