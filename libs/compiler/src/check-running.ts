// SPDX-License-Identifier: Apache-2.0
import { compareDiagnostics, parseRunningConfig, type Diagnostic, type RunningConfig } from '@fairlead/spec';
import { createFindings } from './findings.ts';
import { buildGroup } from './group-build.ts';
import { noSources } from './group-sources.ts';
import { noLock } from './lock/commit-lock.ts';

export interface CheckedRunningConfig {
  readonly diagnostics: readonly Diagnostic[];
  /** Of use only where no diagnostic is an error. */
  readonly value: RunningConfig | undefined;
  readonly text: string;
}

/** What can be said of one running config without those that it would be put together with. */
export function checkRunningConfig(file: string, bytes: Uint8Array): CheckedRunningConfig {
  const { text, value, problems, faulty } = parseRunningConfig(bytes);
  const findings = createFindings();
  findings.addFile(file, { problems, faulty });
  if (value !== undefined) {
    const build = buildGroup({ ...noSources, files: [{ file, oid: '', value, faulty }] });
    findings.addAll(build.findings);
    findings.addAll(build.variant(new Map(), noLock).findings);
  }
  return { diagnostics: findings.locate(() => text).toSorted(compareDiagnostics), value, text };
}
