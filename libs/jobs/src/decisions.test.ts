// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from './launch-script.ts';
import { safeSegment } from './layout.ts';
import { createOkScanner, okString } from './ok-string.ts';
import { defaultSettings } from './settings.ts';
import { fillSecrets, substitute } from './substitute.ts';
import { afterRun, type RunOutcome } from './supervisor-state.ts';

const outcome = (changes: Partial<RunOutcome>): RunOutcome => ({
  exit: { kind: 'code', code: 1 },
  wasReady: true,
  tooLate: false,
  outOfMemory: false,
  upMs: 0,
  ...changes,
});
const restart = { enabled: true, limit: 0, pauseMs: 90, onDependencyFail: false };

describe('when a run is over', () => {
  it('pauses as stated, then twice as long each time, up to five minutes', () => {
    const pauses = [0, 1, 2, 3, 20].map((failures) => {
      const next = afterRun(restart, outcome({}), failures, defaultSettings);
      return next.kind === 'backing-off' ? next.pauseMs : null;
    });
    expect(pauses).toEqual([90, 200, 400, 800, 300_000]);
  });

  it('starts at most 1 + limit times, whatever the exits, unless a run was long', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.nat(255), { minLength: 30, maxLength: 30 }),
        (limit, exits) => {
          let failures = 0;
          let runs = 0;
          for (const code of exits) {
            runs += 1;
            const next = afterRun(
              { ...restart, limit },
              outcome({ exit: { kind: 'code', code } }),
              failures,
              defaultSettings,
            );
            if (next.kind !== 'backing-off') break;
            failures = next.failures;
          }
          expect(runs).toBe(1 + limit);
        },
      ),
    );
    const long = afterRun({ ...restart, limit: 1 }, outcome({ upMs: 60_000 }), 1, defaultSettings);
    expect(long).toMatchObject({ kind: 'backing-off', failures: 1 });
  });

  it('is finished only if it was ready and ended with 0 and is not to be restarted', () => {
    const once = { ...restart, enabled: false };
    const well = outcome({ exit: { kind: 'code', code: 0 } });
    expect(afterRun(once, well, 0, defaultSettings)).toEqual({ kind: 'finished' });
    expect(afterRun(once, { ...well, wasReady: false }, 0, defaultSettings)).toMatchObject({
      kind: 'failed',
      code: 'start-failed',
    });
    expect(
      afterRun(once, outcome({ exit: { kind: 'signal', signal: 11 } }), 0, defaultSettings),
    ).toMatchObject({ kind: 'failed', code: 'unit-ended' });
    expect(afterRun(once, { ...well, tooLate: true }, 0, defaultSettings)).toMatchObject({
      kind: 'failed',
      code: 'ready-timeout',
    });
  });
});

describe('when the OK string is looked for', () => {
  it('is found wherever the chunks are cut, and only if it is there', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('!', 'O', 'K', 'x'), maxLength: 30 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
        (noise, present, sizes) => {
          const text = present ? noise + okString + noise : noise;
          const seen = createOkScanner();
          let found = false;
          for (let at = 0, turn = 0; at < text.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            found = seen(Buffer.from(text.slice(at, at + size))) || found;
            at += size;
          }
          expect(found).toBe(text.includes(okString));
        },
      ),
    );
  });
});

describe('when placeholders are replaced', () => {
  const none = { value: () => null, marks: () => new Map<string, string>() };
  const variables = { IMAGE: '/i/{{JOB}}&', CONFIG: null, JOB: 'j', THISDIR: '/w', CWD: '/w' };

  it('replaces all in one pass, escaping nothing', () => {
    expect(substitute('{{IMAGE}}:{{ JOB }}:{{cwd}}:{single}', variables, null)).toEqual({
      ok: true,
      value: '/i/{{JOB}}&:j:/w:{single}',
    });
  });

  it.each([
    ['{{NAME}}', 'unsupported'],
    ['{{}}', 'unsupported'],
    ['{{CONFIG}}', 'unsupported'],
    ['{{toString}}', 'unsupported'],
    ['{{secrets.a b}}', 'missing-secret'],
  ])('refuses %s', (text, code) => {
    expect(substitute(`a ${text}`, variables, none)).toMatchObject({ ok: false, error: { code } });
  });

  it('fills in a secret where only the process sees it, and never looks into it', () => {
    const secrets = { ...none, value: (name: string) => (name === 'KEY' ? '{{JOB}}$&' : null) };
    expect(substitute('{{ secrets.KEY }}:{{JOB}}', variables, secrets)).toEqual({
      ok: true,
      value: '{{JOB}}$&:j',
    });
    expect(fillSecrets('{{secrets.KEY}}:{{JOB}}', secrets)).toEqual({ ok: true, value: '{{JOB}}$&:{{JOB}}' });
    expect(substitute('{{secrets.KEY}}', variables, null)).toMatchObject({
      error: { code: 'secret-exposed' },
    });
  });

  it('changes nothing that holds no placeholder', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('{{'));
        expect(substitute(text, variables, null)).toEqual({ ok: true, value: text });
      }),
    );
  });
});

describe('when text becomes a path segment or a word of the shell', () => {
  it('is one segment, and another for another text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        fc.pre(a.isWellFormed() && b.isWellFormed());
        expect(safeSegment(a)).toMatch(/^[A-Za-z0-9_%-][A-Za-z0-9_.%-]*$|^%/);
        expect(safeSegment(a).length).toBeLessThanOrEqual(200);
        if (a !== b) expect(safeSegment(a)).not.toBe(safeSegment(b));
      }),
    );
    expect(['..', '.', 'std-1.json', 'a/b', ''].map(safeSegment)).toMatchObject([
      '%2E.',
      '%2E',
      'std-1.json',
      'a%2Fb',
      expect.any(String),
    ]);
  });

  it('comes out of the shell as it went in', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
          { maxLength: 5 },
        ),
        (words) => {
          const script = `printf '%s\\0' ${words.map(quote).join(' ')}`;
          const out = execFileSync('/bin/sh', ['-c', script]).toString('utf8');
          expect(out).toBe(words.length === 0 ? '\0' : words.map((word) => `${word}\0`).join(''));
        },
      ),
      { numRuns: 50, examples: [[["'", "''", '$(x)', '\\', '\n', '']]] },
    );
  });
});
