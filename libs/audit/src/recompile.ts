// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { createCommitCompiler } from '@fairlead/commits';
import type { AuditSource } from './audit-source.ts';
import type { PlacedReceipt } from './device-chain.ts';
import type { Findings } from './finding.ts';
import type { Decision, RecordedRevision } from './log-records.ts';

export interface Recompiled {
  /** Commits that were compiled again. */
  readonly compiled: number;
  /** By device id: name and group in the newest revision that lists it. */
  readonly devices: ReadonlyMap<string, { readonly name: string | null; readonly group: string }>;
}

export interface ToRecompile {
  readonly source: AuditSource;
  readonly branch: string;
  readonly revisions: readonly RecordedRevision[];
  readonly decisions: readonly Decision[];
  /** By the revision that they name. */
  readonly receipts: ReadonlyMap<Digest, readonly PlacedReceipt[]>;
  readonly signal: AbortSignal;
}

/**
 * Compiles every revision again, each in its edition, and compares: the manifest byte by byte, and with each receipt that names it the
 * target that its device has in the tree. Commits that were refused for what they hold must be refused again.
 */
export async function recompile(input: ToRecompile, findings: Findings): Promise<Recompiled> {
  const { source, branch, revisions, decisions, receipts, signal } = input;
  const compiler = createCommitCompiler(source, branch);
  const devices = new Map<string, { readonly name: string | null; readonly group: string }>();
  let compiled = 0;

  async function judgeRevision(revision: RecordedRevision): Promise<void> {
    const { id, commit, manifest, counter, place, isJudged } = revision;
    const named = receipts.get(id) ?? [];
    if (isJudged && named.length === 0 && revision !== revisions.at(-1)) return;
    const result = await compiler.compile(commit, signal);
    compiled += 1;
    if (!result.ok) {
      findings.error(result.error.code, `${commit} cannot be compiled: ${result.error.message}`, place);
      return;
    }
    if (result.value.kind === 'refused') {
      const first = result.value.diagnostics.find(({ severity }) => severity === 'error');
      const reason = first === undefined ? '' : `: ${first.file}: ${first.message}`;
      findings.error(
        first?.code === 'edition-unknown' ? 'edition-unknown' : 'compiler-mismatch',
        `${commit} is a revision, but does not compile${reason}`,
        place,
      );
      return;
    }
    const { manifestBytes, targets } = result.value;
    if (Buffer.from(manifestBytes).toString('utf8') !== manifest) {
      const message = `${commit} compiles to ${result.value.revision}, recorded is ${id}`;
      findings.error('compiler-mismatch', message, place);
      return;
    }
    for (const [device, { name, group }] of result.value.devices) devices.set(device, { name, group });
    for (const { receipt, place: at } of named) {
      const target = targets.get(receipt.device);
      if (receipt.counter !== counter)
        findings.error(
          'receipt-mismatch',
          `it states counter ${String(receipt.counter)}, its revision has ${String(counter)}`,
          at,
        );
      if (receipt.target !== target)
        findings.error(
          'receipt-mismatch',
          `it states target ${receipt.target}; the revision gives the device ${target ?? 'none'}`,
          at,
        );
    }
  }

  async function judgeRefusal({ record, place, isJudged }: Decision): Promise<void> {
    if (isJudged || record.kind !== 'refused' || record.code !== 'invalid-input') return;
    const result = await compiler.compile(record.commit, signal);
    compiled += 1;
    if (!result.ok)
      findings.error(
        result.error.code,
        `${record.commit} cannot be compiled: ${result.error.message}`,
        place,
      );
    else if (result.value.kind === 'compiled')
      findings.error('refusal-unfounded', `${record.commit} was refused, but has no error`, place);
  }

  const byCommit = new Map(revisions.map((revision) => [revision.place, revision]));
  // In the order of the log, so that each compile finds what the one before had in common with it.
  for (const decision of decisions) {
    signal.throwIfAborted();
    const revision = byCommit.get(decision.place);
    if (revision !== undefined) await judgeRevision(revision);
    else await judgeRefusal(decision);
  }
  const known = new Set(revisions.map(({ id }) => id));
  for (const [id, named] of receipts) {
    if (known.has(id)) continue;
    for (const { place } of named) findings.error('revision-unknown', `it names revision ${id}`, place);
  }
  return { compiled, devices };
}
