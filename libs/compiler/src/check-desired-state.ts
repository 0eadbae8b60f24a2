// SPDX-License-Identifier: Apache-2.0
import { compareDiagnostics, parseDesiredState, type Diagnostic, type LocatedState } from '@fairlead/spec';
import { createFindings } from './findings.ts';
import { buildGroup } from './group-build.ts';
import { noSources } from './group-sources.ts';

export interface CheckedDesiredState {
  readonly diagnostics: readonly Diagnostic[];
  /** Of use only where no diagnostic is an error. */
  readonly value: LocatedState | undefined;
  readonly text: string;
}

/** What can be said of one desired state by itself: not what its images are, nor whether a group could run all of its domains. */
export function checkDesiredState(file: string, bytes: Uint8Array): CheckedDesiredState {
  const { text, value, problems, faulty } = parseDesiredState(bytes);
  const findings = createFindings();
  findings.addFile(file, { problems, faulty });
  if (value !== undefined) {
    findings.addAll(buildGroup({ ...noSources, desired: [{ file, oid: '', value, faulty }] }).findings);
  }
  return { diagnostics: findings.locate(() => text).toSorted(compareDiagnostics), value, text };
}
