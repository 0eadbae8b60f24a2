// SPDX-License-Identifier: Apache-2.0
import { checkRunningConfig } from '@fairlead/compiler';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adaptDaemonFile } from './maestro-daemon-file.fixture.ts';
import { read } from './maestro.fixture.ts';

const isLong = process.env['FAIRLEAD_LONG'] === '1';
const sample = read('upstream/maestroSpecs-readme-running-config.json').toString('utf8');
const daemon = adaptDaemonFile(read('upstream/meta-pelion-edge-rpi3bplus-2020-04.yaml').toString('utf8'));
const texts = [sample, JSON.stringify(daemon?.running ?? {}, null, 1)];

/** Cuts, doubles or overwrites a part of a text. */
const damage = fc.record({
  at: fc.nat(),
  length: fc.nat(40),
  put: fc.constantFrom(
    '',
    '"',
    '{{',
    '}}',
    '[',
    '}',
    '\\u0000',
    ',',
    'null',
    '1e999',
    '-1',
    '"x":',
    '__proto__',
    '\ud800',
    '{{vars.A}}',
  ),
});

describe('when the files of Maestro are damaged', () => {
  it('answers with problems that lie in the file, and never throws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(damage, { minLength: 1, maxLength: 4 }),
        (text, damages) => {
          const broken = damages.reduce((now, { at, length, put }) => {
            const start = at % (now.length + 1);
            return now.slice(0, start) + put + now.slice(start + length);
          }, text);
          const { diagnostics, value } = checkRunningConfig('r.json', Buffer.from(broken));
          const lines = broken.split('\n').length;
          for (const { line, endLine, message, hint } of diagnostics) {
            expect(line >= 1 && line <= endLine && endLine <= lines).toBe(true);
            expect([message, hint]).not.toContain('');
          }
          expect(value === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
        },
      ),
      { numRuns: isLong ? 20_000 : 200 },
    );
  });
});
