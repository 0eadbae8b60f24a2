import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface SummaryOptions {
  /** Suites left out because something outside the repository is missing: counted nowhere, but named. */
  readonly notRun: readonly string[];
  /** Checks that ran before the tests and failed; each counts as one failure. */
  readonly failedChecks: readonly string[];
  /** False: a skipped test fails the run. */
  readonly allowSkipped: boolean;
}

/** The one line that closes a run. Its beginning is read by machines. */
export function summaryLine(counts: Counts, options: SummaryOptions): string {
  const notes = [
    ...options.failedChecks.map((name) => `failed before the tests: ${name}`),
    ...(counts.skipped > 0 && !options.allowSkipped ? ['skipped tests are not allowed here'] : []),
    ...options.notRun.map((name) => `not run: ${name}`),
  ];
  const line = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
  return notes.length === 0 ? line : `${line} (${notes.join('; ')})`;
}

/** Prints the summary line after everything else, and decides whether skipped tests are a failure. */
export class SummaryReporter implements Reporter {
  readonly #options: SummaryOptions;

  constructor(options: SummaryOptions) {
    this.#options = options;
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const counts: Counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        // `pending` is a test that never came to its end, for instance because the run was cancelled.
        if (state === 'passed') counts.passed += 1;
        else if (state === 'skipped') counts.skipped += 1;
        else failedTests += 1;
      }
      // A file that cannot be loaded, or whose hook fails, may have no failed test to show for it.
      counts.failed += failedTests === 0 && !module.ok() ? 1 : failedTests;
    }
    counts.failed += this.#options.failedChecks.length;
    if (
      counts.failed > 0 ||
      reason === 'interrupted' ||
      (counts.skipped > 0 && !this.#options.allowSkipped)
    ) {
      process.exitCode = 1;
    }
    process.stdout.write(`${summaryLine(counts, this.#options)}\n`);
  }
}
