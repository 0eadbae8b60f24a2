// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import { compareDiagnostics, parseRunningConfig, type Diagnostic, type Problem } from '@fairlead/spec';
import { mergeRunningConfigs } from './definitions.ts';
import { asWarning, createFindings } from './findings.ts';
import { buildGroup } from './group-build.ts';
import { noSources } from './group-sources.ts';
import { flatRunningConfig, type FlatRunningConfig } from './jobs/flat-running-config.ts';
import { noLock } from './lock/commit-lock.ts';

export interface CheckedRunningConfig {
  readonly diagnostics: readonly Diagnostic[];
  /** Variables stay as written. Undefined where something is an error. */
  readonly value: FlatRunningConfig | undefined;
  readonly text: string;
}

/**
 * What can be said of one running config alone. What it lacks may stand in the others of its group, in a pod or in the lock, so that is
 * a warning.
 */
export function checkRunningConfig(file: string, bytes: Uint8Array): CheckedRunningConfig {
  const { text, value, problems, faulty } = parseRunningConfig(bytes);
  const findings = createFindings();
  findings.addFile(file, { problems, faulty });
  const files = value === undefined ? [] : [{ file, oid: '', value, faulty }];
  const build = buildGroup({ ...noSources, files, complete: true });
  findings.addAll(build.findings, lowered);
  findings.addAll(build.variant(new Map(), noLock).findings, lowered);
  const merged = mergeRunningConfigs({ files, complete: true }, createFindings());
  return {
    diagnostics: findings.locate(() => text).toSorted(compareDiagnostics),
    value: value === undefined || findings.hasErrors ? undefined : flatRunningConfig(value, merged),
    text,
  };
}

const together = 'fairlead check looks at all sources of the group together.';

/** Codes of what may be found elsewhere, and how. */
const elsewhere: Readonly<Partial<Record<Code, string>>> = {
  'template-undefined': `Define it in another running config of the group; ${together}`,
  'job-undefined': `Define it in another running config of the group; ${together}`,
  'config-undefined': `Define it in another running config of the group; ${together}`,
  'image-undefined': `Define it in another running config of the group; ${together}`,
  'dependency-unknown': `Define it in another source of the group; ${together}`,
  'reference-unlocked':
    'Give checksum (SHA-256) and size, or run fairlead lock in the repository of the fleet.',
};

function lowered(problem: Problem): Problem {
  const hint = elsewhere[problem.code];
  return hint === undefined ? problem : { ...asWarning(problem), hint: problem.hint ?? hint };
}
