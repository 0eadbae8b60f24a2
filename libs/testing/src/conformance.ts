// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { workspaceRoot } from './workspace-root.ts';

/**
 * The folder of conformance cases (`FAIRLEAD_CONFORMANCE`, else `../shared/conformance` beside the workspace), or undefined where it
 * is not there: then those suites are not run, which is neither passed nor skipped.
 */
export function conformanceDir(): string | undefined {
  const named = process.env['FAIRLEAD_CONFORMANCE'];
  const dir =
    named === undefined || named === '' ? resolve(workspaceRoot, '../shared/conformance') : resolve(named);
  return existsSync(dir) ? dir : undefined;
}
