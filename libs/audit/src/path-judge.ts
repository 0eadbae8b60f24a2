// SPDX-License-Identifier: Apache-2.0
import type { AuditSource } from './audit-source.ts';
import { readCommitFile } from './commit-file.ts';
import type { Findings, Place } from './finding.ts';

/** Judges which way the records take through the history of the fleet repository: no commit on it may be left out. */
export interface PathJudge {
  /** A commit that arrived together with a later one. */
  skipped(commit: string, place: Place): void;
  /** A commit that became a revision or was refused for what it holds: the next step. */
  decided(commit: string, place: Place): Promise<void>;
  /** The same for what an earlier audit has judged. */
  remember(commit: string, isSkipped: boolean): void;
  /** When all records are read. */
  end(): void;
  /** The newest commit that was decided. */
  head(): string | null;
}

/** Largest `trust/history.json`, in bytes. */
const maxHistoryBytes = 2 ** 20;

export function createPathJudge(source: AuditSource, findings: Findings): PathJudge {
  let head: string | null = null;
  let waiting = new Map<string, Place>();
  const known = new Set<string>();

  /** Whether the commit itself says that it replaces this one. */
  async function replaces(commit: string, replaced: string): Promise<boolean> {
    const bytes = await readCommitFile(source, commit, 'trust/history.json', maxHistoryBytes);
    if (bytes === undefined) return false;
    try {
      const history: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
      return (
        typeof history === 'object' &&
        history !== null &&
        'replaced' in history &&
        Array.isArray(history.replaced) &&
        history.replaced.includes(replaced)
      );
    } catch {
      return false;
    }
  }

  async function step(from: string, to: string, place: Place): Promise<void> {
    if (from === to) return;
    const descends = await source.ancestry.isDescendant(from, to);
    if (!descends.ok) {
      findings.error(descends.error.code, descends.error.message, place);
      return;
    }
    if (!descends.value && !(await replaces(to, from))) {
      const message = `${to} is recorded, but does not descend from ${from}, the one recorded before, nor say that it replaces it`;
      findings.error('history-rewritten', message, place);
      return;
    }
    const between = await source.ancestry.commitsBetween(from, to);
    if (!between.ok) {
      findings.error(between.error.code, between.error.message, place);
      return;
    }
    for (const commit of between.value) {
      if (commit === to || waiting.delete(commit)) continue;
      const message = `${commit}, on the way from ${from} to ${to}, has no record`;
      findings.error('commit-unaccounted', message, { ...place, commit });
    }
    for (const [commit, at] of waiting)
      findings.error('record-invalid', `${commit} was skipped, but is not on the way to ${to}`, at);
  }

  /** What becomes of a commit is decided once. */
  function know(commit: string, place: Place): void {
    if (known.has(commit))
      findings.error('record-invalid', `it was recorded before what became of ${commit}`, place);
    known.add(commit);
  }

  return {
    skipped(commit, place) {
      know(commit, place);
      waiting.set(commit, place);
    },
    async decided(commit, place) {
      know(commit, place);
      if (head !== null) await step(head, commit, place);
      waiting = new Map();
      head = commit;
    },
    remember(commit, isSkipped) {
      known.add(commit);
      if (!isSkipped) head = commit;
    },
    end() {
      for (const [commit, place] of waiting)
        findings.error('record-invalid', `${commit} was skipped, but nothing came in its place`, place);
    },
    head: () => head,
  };
}
