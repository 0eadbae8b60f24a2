import { fileURLToPath } from 'node:url';
import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

/** The rules that say who may import what; the rest would need every file below to exist and be of one piece. */
const importRules = new Set([
  '@nx/enforce-module-boundaries',
  'no-restricted-imports',
  '@typescript-eslint/no-restricted-imports',
]);

const root = fileURLToPath(new URL('../../', import.meta.url));
const eslint = new ESLint({
  cwd: root,
  ruleFilter: ({ ruleId }) => importRules.has(ruleId),
  overrideConfig: {
    languageOptions: { parserOptions: { projectService: false } },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
  },
});

/** Lints one line as if it stood in `file`; returns the rules it broke. */
async function broken(file: string, imported: string): Promise<(string | null)[]> {
  const text = `import * as it from '${imported}';\nexport const held = it;\n`;
  const results = await eslint.lintText(text, { filePath: `${root}${file}` });
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => ruleId ?? message));
}

// The rule looks projects up in the graph that Nx stored, and is silent without one.
beforeAll(async () => {
  process.env['NX_DAEMON'] = 'false';
  await createProjectGraphAsync({ exitOnError: false });
});

describe('an import that the design forbids fails the lint', () => {
  it.each([
    ['libs/link/src/probe.ts', '@fairlead/gateway', '@nx/enforce-module-boundaries'],
    ['libs/gateway/src/probe.ts', '@fairlead/link', '@nx/enforce-module-boundaries'],
    ['libs/jobs/src/probe.ts', '@fairlead/git', '@nx/enforce-module-boundaries'],
    ['libs/base/src/probe.ts', '@fairlead/target', '@nx/enforce-module-boundaries'],
    ['libs/jobs/src/probe.ts', '../../engine/src/index.ts', '@nx/enforce-module-boundaries'],
    ['libs/jobs/src/probe.ts', 'isomorphic-git', '@nx/enforce-module-boundaries'],
    ['libs/jobs/src/probe.ts', '@fairlead/testing', '@nx/enforce-module-boundaries'],
    ['apps/agent/src/probe.ts', '@fairlead/compiler', '@nx/enforce-module-boundaries'],
    ['apps/agent/src/probe.ts', '@fairlead/testing', '@nx/enforce-module-boundaries'],
    ['apps/server/src/probe.ts', '@fairlead/engine', '@nx/enforce-module-boundaries'],
    ['apps/cli/src/probe.ts', '@fairlead/gateway', '@nx/enforce-module-boundaries'],
    ['apps/agent/src/probe.ts', '@fairlead/trust/sign', 'no-restricted-imports'],
    ['libs/link/src/probe.ts', '@fairlead/identity/authority', 'no-restricted-imports'],
    ['libs/planner/src/probe.ts', 'node:fs', '@typescript-eslint/no-restricted-imports'],
    ['libs/compiler/src/probe.ts', 'fs/promises', '@typescript-eslint/no-restricted-imports'],
    ['libs/trust/src/probe.ts', '@grpc/grpc-js', '@typescript-eslint/no-restricted-imports'],
  ])('%s imports %s', async (file, imported, rule) => {
    expect(await broken(file, imported)).toContain(rule);
  });
});

describe('an import that the design allows passes', () => {
  it.each([
    ['libs/link/src/probe.ts', '@fairlead/trust/verify'],
    ['libs/gateway/src/probe.ts', '@fairlead/trust/sign'],
    ['libs/jobs/src/probe.ts', '@fairlead/engine'],
    ['libs/jobs/src/probe.ts', 'node:fs'],
    ['libs/jobs/src/probe.test.ts', '@fairlead/testing'],
    ['apps/server/src/probe.ts', '@fairlead/git'],
    ['apps/cli/src/probe.ts', '@fairlead/compiler'],
    ['apps/agent/src/probe.ts', '@fairlead/jobs'],
  ])('%s imports %s', async (file, imported) => {
    expect(await broken(file, imported)).toEqual([]);
  });
});
