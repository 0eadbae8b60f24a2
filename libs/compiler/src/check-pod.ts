// SPDX-License-Identifier: Apache-2.0
import {
  compareDiagnostics,
  join,
  type Diagnostic,
  type FlatPod,
  type ParsedPod,
  type PodOptions,
  type PodSpec,
} from '@fairlead/spec';
import { createFindings, type Findings } from './findings.ts';
import { readSettings } from './pods/image-unit.ts';
import { podContent } from './pods/pod-content.ts';

export interface CheckedPod {
  readonly diagnostics: readonly Diagnostic[];
  /** Of use only where no diagnostic is an error. */
  readonly value: PodSpec | undefined;
  /** Of all files that were read, by path. */
  readonly texts: ReadonlyMap<string, string>;
}

/** What can be said of one pod specification without a group that deploys it: no lock, no values of variables. */
export function checkPod(pod: FlatPod, options: PodOptions): CheckedPod {
  const content = podContent('', pod, undefined, options);
  const { value, part, problems, texts } = content.parsed;
  const findings = createFindings();
  for (const [file, found] of problems)
    findings.addFile(file, { problems: found, faulty: part?.faulty.get(file) ?? new Set() });
  // Artemis has no placeholders.
  if (part?.spec.dialect !== 'artemis') findings.addAll(content.findings);
  if (part !== undefined) checkSettings(part.spec, content.parsed, findings);
  const diagnostics = findings.locate((file) => texts.get(file) ?? '').toSorted(compareDiagnostics);
  return { diagnostics, value, texts };
}

function checkSettings({ containers }: PodSpec, parsed: ParsedPod, findings: Findings): void {
  for (const container of containers) {
    const { name, kind } = container;
    // What a variable stands for decides whether its text is right.
    if (kind.kind !== 'image' || JSON.stringify(kind.settings).includes('{{')) continue;
    readSettings(container, kind, (...keys) => parsed.originOf(join('/containers', name, ...keys)), findings);
  }
}
