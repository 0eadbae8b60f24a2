import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './libs/testing/src/summary-reporter.ts';

/** Workspace packages are read from their sources, so that no test waits for a build or sees a stale one. */
const conditions = ['@fairlead/source', ...defaultServerConditions];
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } };

/** The conformance data lies outside the repository; without it the suite is not run, and the last line says so. */
const conformanceData =
  process.env['FAIRLEAD_CONFORMANCE'] ?? fileURLToPath(new URL('../shared/conformance', import.meta.url));
const haveConformanceData = existsSync(conformanceData);

/** Unit tests beside the code. */
export function unit(name: string) {
  return defineConfig({
    ...fromSource,
    test: {
      name,
      include: ['**/*.test.ts'],
      exclude: ['**/node_modules/**', '**/dist/**', '**/bundle/**', '**/out-tsc/**', '**/tmp/**'],
      testTimeout: 15_000,
      hookTimeout: 15_000,
      sequence: { groupOrder: 0 },
      // Ignored in a run of the whole workspace, which says so itself.
      passWithNoTests: true,
    },
  });
}

/** Tests that start whole programs, after the unit tests. Most of them wait most of the time, so two files share the machine. */
export function whole(name: string, groupOrder = 1) {
  const base = unit(name);
  return defineConfig({
    ...base,
    test: {
      ...base.test,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      maxWorkers: 2,
      sequence: { groupOrder },
    },
  });
}

/** Table tests over the conformance data; finds its folder in FAIRLEAD_CONFORMANCE. */
export function conformance() {
  const base = unit('conformance');
  return defineConfig({
    ...base,
    test: {
      ...base.test,
      include: haveConformanceData ? ['**/*.test.ts'] : [],
      env: { FAIRLEAD_CONFORMANCE: conformanceData },
    },
  });
}

export default defineConfig({
  test: {
    projects: [
      'libs/*/vitest.config.mts',
      'apps/*/vitest.config.mts',
      'fleet-example/vitest.config.mts',
      'test/{e2e,conformance,faults,guest}/vitest.config.mts',
    ],
    passWithNoTests: true,
    reporters: [
      'default',
      new SummaryReporter({
        notRun: haveConformanceData ? [] : [`conformance (no data at ${conformanceData})`],
        failedChecks: (process.env['FAIRLEAD_FAILED_CHECKS'] ?? '').split(' ').filter((name) => name !== ''),
        allowSkipped: process.env['FAIRLEAD_NO_SKIP'] !== '1',
      }),
    ],
  },
});
