// SPDX-License-Identifier: Apache-2.0
import { repositoryPath } from '@fairlead/spec';
import type { CompileInput } from './compile-types.ts';
import type { Findings, Source } from './findings.ts';

/** The path of the commit that is named at `source`; undefined, with a finding, where there is none. */
export function existingPath(
  { files }: CompileInput,
  named: string,
  source: Source,
  findings: Findings,
): string | undefined {
  const path = repositoryPath(named);
  if (path === undefined) {
    findings.add(source, '', { code: 'path-unsafe', message: `'${named}' is no path inside the repository` });
    return undefined;
  }
  if (files.has(path)) return path;
  findings.add(source, '', {
    code: 'file-missing',
    message: `the commit has no file '${path}'`,
    suggest: { written: path, among: () => files.keys() },
  });
  return undefined;
}
