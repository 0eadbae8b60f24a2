// SPDX-License-Identifier: Apache-2.0
import type { FileContent, ParsedPod, PodSpec, Problem } from '@fairlead/spec';
import type { Findings } from '../findings.ts';
import type { NamedPod } from '../group-sources.ts';
import type { LockView } from '../lock/lock-view.ts';
import type { UnitDraft } from '../units/unit-draft.ts';
import type { Vars } from '../variable-values.ts';
import { draftPod } from './draft-pod.ts';
import { problemKey } from './pod-report.ts';

/** What the pod of a group gives a device. */
export interface DraftedPod {
  readonly drafts: readonly UnitDraft[];
  /** Undefined where it cannot be read. */
  readonly spec: PodSpec | undefined;
  /** False where there may be more drafts than these. */
  readonly complete: boolean;
}

export interface PodCase {
  readonly vars: Vars;
  readonly lock: LockView;
  readonly findings: Findings;
}

/** The pod of a group for devices with these variables. */
export function draftNamedPod(
  { source, reference, content, files }: NamedPod,
  { vars, lock, findings }: PodCase,
): DraftedPod {
  const locked = reference === undefined ? undefined : lock.pod(reference, source, findings);
  if (content === undefined || (reference !== undefined && locked === undefined)) return nothing;
  const parsed = content.with(vars);
  if (parsed !== content.parsed) reportProblems(parsed, content.parsed, findings);
  if (parsed.part === undefined) return nothing;
  const { spec, unread, complete, faulty } = parsed.part;
  for (const [file, pointers] of faulty) findings.addFile(file, { problems: [], faulty: pointers });
  if (reference !== undefined) refuseForeignFiles(reference, spec, findings);
  const digests = new Map<string, FileContent>([...files].map(([path, { value }]) => [path, value]));
  const drafts = draftPod({
    pod: spec,
    unread,
    originOf: (pointer) => parsed.originOf(pointer),
    originOfItem: (pointer, item) => parsed.originOfItem(pointer, item),
    lock,
    files: digests,
    blobs: content.blobs,
    findings,
  });
  return { drafts, spec, complete };
}

const nothing: DraftedPod = { drafts: [], spec: undefined, complete: false };

/** What only the values of variables make wrong: the rest has been told of the pod itself. */
function reportProblems(parsed: ParsedPod, written: ParsedPod, findings: Findings): void {
  const told = new Set(
    [...written.problems].flatMap(([file, problems]) => problems.map((problem) => problemKey(file, problem))),
  );
  for (const [file, problems] of parsed.problems) {
    for (const problem of problems) if (!told.has(problemKey(file, problem))) report(file, problem, findings);
  }
}

function report(file: string, { place, ...problem }: Problem, findings: Findings): void {
  const pointer = place.kind === 'range' ? '' : place.pointer;
  findings.add({ file, pointer }, '', { ...problem, key: place.kind === 'key' });
}

/** A pod that was built brings its own files, and running configs are none of them. */
function refuseForeignFiles(reference: string, { runningConfigs }: PodSpec, findings: Findings): void {
  for (const { path, origin } of runningConfigs) {
    findings.add(origin, '', {
      code: 'source-unsupported',
      message: `the pod '${reference}' names the running config '${path}', which is no part of it`,
      hint: "Name it in 'running-config' of the group instead.",
    });
  }
}
