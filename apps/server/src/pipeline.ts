// SPDX-License-Identifier: Apache-2.0
import {
  codeInfo,
  err,
  FairleadError,
  isAbort,
  ok,
  type Clock,
  type Code,
  type Digest,
  type Logger,
  type Result,
} from '@fairlead/base';
import type { Compiled, Refused } from '@fairlead/compiler';
import type { HeadReport, Repository } from '@fairlead/git';
import { maxDiagnostics, type FleetLog, type LogRecord } from '@fairlead/log';
import type { CommitCompiler } from './compile-commit.ts';
import { judgeHead } from './judge-head.ts';
import type { Problems, ServerProblem } from './problems.ts';
import type { RecordedRevision, RevisionDesk } from './revision-desk.ts';

/** What one repository gives the pipeline to work with. Another repository, another bench. */
export interface Bench {
  readonly repository: Repository;
  readonly log: FleetLog;
  readonly compiler: CommitCompiler;
  readonly desk: RevisionDesk;
}

export interface PipelinePorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly problems: Problems;
  /** The fleet that the keys sign for. */
  readonly fleet: Digest;
  /** The bench for a repository; its log has been read. */
  benchFor(repository: Repository, signal: AbortSignal): Promise<Result<Bench, ServerProblem>>;
  /** A revision stands in the log: offer it. */
  publish(revision: RecordedRevision, bench: Bench): Promise<void>;
  /** A commit was refused or skipped, and that stands in the log. */
  noted(record: LogRecord, bench: Bench): void;
  /** The head could not be worked off for a reason that may pass: look at it again at the next poll. */
  lookAgain(): void;
}

export interface Pipeline {
  /** Takes the newest head; one that is still waiting gives way. */
  take(report: HeadReport): void;
  /** Works heads off one at a time, and signs again what is due, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Longest time without a look at whether metadata is due, in milliseconds. */
const refreshEveryMs = 60_000;

/** From a head of the repository to a recorded, published revision. */
export function createPipeline(ports: PipelinePorts): Pipeline {
  const { clock, logger, problems } = ports;
  let waiting: HeadReport | undefined;
  let wake: (() => void) | undefined;
  let current: { readonly bench: Bench; readonly revision: RecordedRevision } | undefined;

  async function work(report: HeadReport, signal: AbortSignal): Promise<void> {
    if (report.kind === 'problem') {
      problems.set('repository', report.problem);
      return;
    }
    const done = await advance(report.repository, report.commit, signal);
    if (done.ok) {
      problems.clear('repository');
      return;
    }
    problems.set('repository', done.error);
    ports.lookAgain();
  }

  async function advance(
    repository: Repository,
    head: string,
    signal: AbortSignal,
  ): Promise<Result<void, ServerProblem>> {
    const bench = await ports.benchFor(repository, signal);
    if (!bench.ok) return bench;
    const resumed = await resume(bench.value, signal);
    if (!resumed.ok) return resumed;
    const verdict = await judgeHead(repository.ancestry, bench.value.log.state().head, head);
    if (!verdict.ok) return verdict;
    switch (verdict.value.kind) {
      case 'recorded':
        problems.clear('history');
        return ok();
      case 'rewritten':
        return refuseRewrite(bench.value, verdict.value.recorded, head);
      case 'advance':
        problems.clear('history');
        return deploy(bench.value, head, verdict.value.skipped, signal);
    }
  }

  /** After a start, or when another repository took the place: what the log holds goes on being offered. */
  async function resume(bench: Bench, signal: AbortSignal): Promise<Result<void, ServerProblem>> {
    if (current?.bench === bench) return ok();
    const recorded = bench.log.state().revision;
    if (recorded === null) return ok();
    const compiled = await bench.compiler.compile(recorded.commit, signal);
    if (!compiled.ok) return compiled;
    const revision =
      compiled.value.kind === 'compiled'
        ? bench.desk.resume(compiled.value, recorded)
        : err({
            code: 'compiler-mismatch' as const,
            message: `commit ${recorded.commit} no longer compiles`,
            hint: codeInfo('compiler-mismatch').hint,
          });
    if (!revision.ok) {
      problems.set('compiler', revision.error);
      return revision;
    }
    problems.clear('compiler');
    await publish(bench, revision.value);
    return ok();
  }

  async function deploy(
    bench: Bench,
    head: string,
    skipped: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<void, ServerProblem>> {
    const compiled = await bench.compiler.compile(head, signal);
    if (!compiled.ok) return compiled;
    const at = new Date(clock.now()).toISOString();
    const before: readonly LogRecord[] = skipped.map((commit) => ({ kind: 'skipped', at, commit, by: head }));
    const result = compiled.value;
    const refused = result.kind === 'refused' ? ofDiagnostics(result) : refusalOf(bench, result);
    if (result.kind === 'refused' || refused !== undefined) {
      const record: LogRecord = {
        kind: 'refused',
        at,
        commit: head,
        ...(refused ?? refusal('invalid-input', 'it has errors')),
      };
      const appended = await append(bench, [...before, record]);
      if (appended.ok)
        logger.warn('commit refused', { commit: head, code: record.code, errors: record.diagnostics.length });
      return appended;
    }
    const recorded = await bench.desk.record(result, before);
    if (!recorded.ok) return failedLog(recorded.error);
    problems.clear('log');
    for (const record of before) ports.noted(record, bench);
    logger.info('revision recorded', {
      commit: head,
      revision: result.revision,
      counter: result.manifest.counter,
      skipped: skipped.length,
    });
    await publish(bench, recorded.value);
    return ok();
  }

  /** What a commit without errors may still be refused for. */
  function refusalOf(bench: Bench, compiled: Compiled): RefusalOfCommit | undefined {
    const { fleet, counter } = compiled.manifest;
    if (fleet !== ports.fleet)
      return refusal('fleet-changed', 'trust/root/1.json is not the root of the key folder of this server');
    const last = bench.log.state().counter;
    if (counter > last) return undefined;
    return refusal(
      'counter-not-rising',
      `its counter ${String(counter)} is not above ${String(last)}, the last recorded one`,
    );
  }

  async function refuseRewrite(
    bench: Bench,
    recorded: string,
    head: string,
  ): Promise<Result<void, ServerProblem>> {
    const message = `${head} does not descend from ${recorded}, the last recorded commit`;
    problems.set('history', { code: 'history-rewritten', message, hint: codeInfo('history-rewritten').hint });
    if (bench.log.state().refused.has(head)) return ok();
    const at = new Date(clock.now()).toISOString();
    return append(bench, [{ kind: 'refused', at, commit: head, ...refusal('history-rewritten', message) }]);
  }

  async function append(bench: Bench, records: readonly LogRecord[]): Promise<Result<void, ServerProblem>> {
    const appended = await bench.log.append(records);
    if (!appended.ok) return failedLog(appended.error);
    problems.clear('log');
    for (const record of records) ports.noted(record, bench);
    return ok();
  }

  function failedLog(problem: ServerProblem): Result<void, ServerProblem> {
    problems.set('log', problem);
    return err(problem);
  }

  async function publish(bench: Bench, revision: RecordedRevision): Promise<void> {
    current = { bench, revision };
    await ports.publish(revision, bench);
  }

  async function refresh(): Promise<void> {
    if (current === undefined) return;
    const { bench, revision } = current;
    const renewed = await bench.desk.refresh(revision);
    if (renewed === undefined) return;
    if (!renewed.ok) {
      failedLog(renewed.error);
      return;
    }
    problems.clear('log');
    await publish(bench, renewed.value);
  }

  async function nap(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    wake = () => {
      woken.abort();
    };
    if (waiting === undefined) {
      await clock.sleep(refreshEveryMs, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    }
    wake = undefined;
  }

  return {
    take(report) {
      waiting = report;
      wake?.();
    },
    async run(signal) {
      while (!signal.aborted) {
        const report = waiting;
        waiting = undefined;
        try {
          if (report !== undefined) await work(report, signal);
          await refresh();
        } catch (thrown) {
          if (isAbort(thrown)) continue;
          // A fault of ours in one commit must not take the fleet's server down: it is said, and the next commit is looked at.
          const { code, message, hint, stack } = FairleadError.from(thrown);
          problems.set('compiler', { code, message, hint });
          logger.error('a head could not be worked off', { code, message, stack });
        }
        await nap(signal);
      }
    },
  };
}

type RefusalOfCommit = Pick<LogRecord & { kind: 'refused' }, 'code' | 'diagnostics'>;

function refusal(code: Code, message: string): RefusalOfCommit {
  return { code, diagnostics: [{ code, message, hint: codeInfo(code).hint }] };
}

function ofDiagnostics({ diagnostics }: Refused): RefusalOfCommit {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const kept = errors
    .slice(0, maxDiagnostics)
    .map(({ code, message, hint, file, line, column }) => ({ code, message, hint, file, line, column }));
  return {
    code: errors.find(({ code }) => code === 'edition-unknown')?.code ?? 'invalid-input',
    diagnostics: kept,
  };
}
