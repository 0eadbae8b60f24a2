// SPDX-License-Identifier: Apache-2.0

/** Runs the installed `git` in a repository; what it prints. Rejects, with its exit code as `code`, where that is not 0. */
type RunGit = (env: NodeJS.ProcessEnv, ...args: readonly string[]) => Promise<string>;

/**
 * The environment in which each program that is set up to merge files of some kind (`merge.<name>.driver`) fails, so that Git tells a
 * conflict: such a program may lie in the work tree, and whoever looks at a change must not run what came with it.
 */
export async function withoutMergePrograms(env: NodeJS.ProcessEnv, run: RunGit): Promise<NodeJS.ProcessEnv> {
  const first = Number(env['GIT_CONFIG_COUNT'] ?? 0);
  const keys = await configured(env, run);
  const overrides = keys.flatMap((key, index): [string, string][] => [
    [`GIT_CONFIG_KEY_${String(first + index)}`, key],
    [`GIT_CONFIG_VALUE_${String(first + index)}`, 'false'],
  ]);
  const settings: NodeJS.ProcessEnv = Object.fromEntries(overrides);
  return { ...env, ...settings, GIT_CONFIG_COUNT: String(first + keys.length) };
}

async function configured(env: NodeJS.ProcessEnv, run: RunGit): Promise<readonly string[]> {
  try {
    const names = await run(env, 'config', '-z', '--name-only', '--get-regexp', '^merge[.].+[.]driver$');
    return [...new Set(names.split('\0').filter((name) => name !== ''))];
  } catch (thrown) {
    // Its word for nothing of that name.
    if ((thrown as { readonly code?: unknown }).code === 1) return [];
    throw thrown;
  }
}
