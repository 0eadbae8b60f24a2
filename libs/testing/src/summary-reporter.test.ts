import { describe, expect, it } from 'vitest';
import { summaryLine } from './summary-reporter.ts';

const plain = { notRun: [], failedChecks: [], allowSkipped: true };

describe('the summary line', () => {
  it('is bare when there is nothing to add', () => {
    expect(summaryLine({ passed: 3, failed: 0, skipped: 1 }, plain)).toBe('3 passed, 0 failed, 1 skipped');
  });

  it('names what was not run and why the run failed', () => {
    const options = { notRun: ['conformance'], failedChecks: ['lint'], allowSkipped: false };
    expect(summaryLine({ passed: 3, failed: 1, skipped: 1 }, options)).toBe(
      '3 passed, 1 failed, 1 skipped (failed before the tests: lint; skipped tests are not allowed here; not run: conformance)',
    );
  });
});
