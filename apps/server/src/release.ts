// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Digest, type Logger, type Result } from '@fairlead/base';
import type { Repository } from '@fairlead/git';
import type { LogRecord } from '@fairlead/log';
import type { Bench } from './bench.ts';
import { judgeCommit, refusalFor, type CommitRefusal } from './judge-commit.ts';
import { judgeAcceptance } from './judge-acceptance.ts';
import { judgeHead } from './judge-head.ts';
import { refusalBySignature } from './judge-signature.ts';
import { problemOf, type ProblemArea, type ServerProblem, type Setback } from './problems.ts';
import type { RecordedRevision } from './revision-desk.ts';

export interface ReleasePorts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The fleet that the keys sign for. */
  readonly fleet: Digest;
  /** The bench for a repository; its log has been read. */
  benchFor(repository: Repository): Promise<Result<Bench, ServerProblem>>;
  /** A revision stands in the log: offer it. */
  publish(revision: RecordedRevision, bench: Bench): Promise<void>;
  /** Offer nothing until the next revision. */
  withhold(): void;
  /** A commit was refused or skipped, and that stands in the log. */
  noted(record: LogRecord, bench: Bench): void;
}

/** From the head of a repository to a recorded, published revision. */
export interface Release {
  /** `ref-contended`: another server wrote at the same time; its records are known now, so it is worth another try. */
  follow(repository: Repository, head: string, signal: AbortSignal): Promise<Result<void, Setback>>;
  /** Signs again what is due, and offers what another server signed. */
  refresh(signal: AbortSignal): Promise<Result<'signed' | 'nothing due', Setback>>;
  /** What others have to sign again before it expires. */
  expiring(): ServerProblem | undefined;
}

export function createRelease(ports: ReleasePorts): Release {
  const { clock, logger } = ports;
  let bench: Bench | undefined;
  let published: RecordedRevision | undefined;

  /** The bench, its log as it stands in Git now. */
  async function turnTo(repository: Repository): Promise<Result<Bench, Setback>> {
    const found = await ports.benchFor(repository);
    if (!found.ok) return doubt(found.error);
    if (found.value !== bench) published = undefined;
    bench = found.value;
    await bench.roots.look();
    const synced = await bench.log.sync();
    if (!synced.ok) return doubt(synced.error);
    await bench.desk.settle();
    return ok(bench);
  }

  /** Where the log lacks what we signed, or others wrote into it, what was published may be no more than a part of it. */
  function doubt(problem: ServerProblem): Result<never, Setback> {
    if (problem.code === 'log-behind' || problem.code === 'log-forged') {
      published = undefined;
      ports.withhold();
    }
    return setback('log', problem);
  }

  /** After a start, and when another server signed: what the log holds is what is offered. */
  async function catchUp(at: Bench, signal: AbortSignal): Promise<Result<void, Setback>> {
    const recorded = at.log.state().revision;
    if (recorded === null || at.desk.isNewest(published)) return ok();
    let compiled = published?.compiled;
    if (compiled?.manifest.commit !== recorded.commit) {
      const result = await at.compiler.compile(recorded.commit, signal);
      if (!result.ok) return setback('repository', result.error);
      if (result.value.kind === 'refused') {
        const message = `commit ${recorded.commit}, which was recorded, no longer compiles`;
        return setback('compiler', problemOf('compiler-mismatch', message));
      }
      compiled = result.value;
    }
    const revision = at.desk.resume(compiled, recorded);
    if (!revision.ok) return setback('compiler', revision.error);
    await publish(at, revision.value);
    return ok();
  }

  async function deploy(
    at: Bench,
    head: string,
    skipped: readonly string[],
    signal: AbortSignal,
    refusing: typeof refuse = refuse,
  ): Promise<Result<void, Setback>> {
    const compiled = await at.compiler.compile(head, signal);
    if (!compiled.ok) return setback('repository', compiled.error);
    const before: readonly LogRecord[] = skipped.map((commit) => ({
      kind: 'skipped',
      at: now(),
      commit,
      by: head,
    }));
    const recorded = {
      counter: at.log.state().counter,
      head: at.log.state().head,
      roots: at.roots.inEffect(),
    };
    const verdict = judgeCommit(compiled.value, recorded, ports.fleet);
    switch (verdict.kind) {
      case 'stranger':
        return setback('repository', verdict.problem);
      case 'refuse':
        return refusing(at, head, verdict.refusal, before);
      case 'sign': {
        const forbidden = await refusalBySignature(at.repository, head, at.log.state());
        if (!forbidden.ok) return setback('repository', forbidden.error);
        if (forbidden.value !== undefined) return refusing(at, head, forbidden.value, before);
        const recorded = await at.desk.record(verdict.compiled, before);
        if (!recorded.ok) return setback('log', recorded.error);
        for (const record of before) ports.noted(record, at);
        const { revision, manifest } = verdict.compiled;
        const { counter } = manifest;
        logger.info('revision recorded', { commit: head, revision, counter, skipped: skipped.length });
        await publish(at, recorded.value);
        return ok();
      }
    }
  }

  async function refuse(
    at: Bench,
    commit: string,
    refusal: CommitRefusal,
    before: readonly LogRecord[],
  ): Promise<Result<void, Setback>> {
    const records: readonly LogRecord[] = [...before, { kind: 'refused', at: now(), commit, ...refusal }];
    const appended = await at.desk.append(records);
    if (!appended.ok) return setback('log', appended.error);
    logger.warn('commit refused', { commit, code: refusal.code, errors: refusal.diagnostics.length });
    for (const record of records) ports.noted(record, at);
    return ok();
  }

  /**
   * Asked only once the log is read: what another server recorded was the head before it stood there, so a head that went by meanwhile
   * is past, not rewritten. The newer one counts in its place.
   */
  async function judgeStanding(
    at: Bench,
    recorded: string,
    seen: string,
    signal: AbortSignal,
  ): Promise<Result<void, Setback>> {
    const head = await at.head();
    if (!head.ok) return setback('repository', head.error);
    return head.value === null || head.value === seen
      ? judgeRewrite(at, recorded, seen, signal)
      : follow(at.repository, head.value, signal);
  }

  /** A rewritten history is followed only where it says itself what it replaces. */
  async function judgeRewrite(
    at: Bench,
    recorded: string,
    head: string,
    signal: AbortSignal,
  ): Promise<Result<void, Setback>> {
    const compiled = await at.compiler.compile(head, signal);
    if (!compiled.ok) return setback('repository', compiled.error);
    const verdict = judgeAcceptance(compiled.value, { recorded, counter: at.log.state().counter });
    if (verdict.kind === 'refused') return refuseRewrite(at, head, verdict.message);
    const between = await at.repository.ancestry.commitsBetween(recorded, head);
    const skipped = between.ok ? between.value.filter((commit) => commit !== head) : [];
    // In whole or not at all: a head that is refused for another reason moves nothing over to its history.
    return deploy(at, head, skipped, signal, (_at, _head, { code, diagnostics }) =>
      refuseRewrite(
        at,
        head,
        `${head} replaces ${recorded}, but is refused: [${code}] ${diagnostics[0]?.message ?? ''}`,
      ),
    );
  }

  /** A rewritten history is reported for as long as it lasts, and recorded once. */
  async function refuseRewrite(at: Bench, head: string, message: string): Promise<Result<void, Setback>> {
    if (!at.log.state().refused.has(head)) {
      const refused = await refuse(at, head, refusalFor('history-rewritten', message), []);
      if (!refused.ok) return refused;
    }
    return setback('history', problemOf('history-rewritten', message));
  }

  async function publish(at: Bench, revision: RecordedRevision): Promise<void> {
    published = revision;
    await ports.publish(revision, at);
  }

  async function follow(
    repository: Repository,
    head: string,
    signal: AbortSignal,
  ): Promise<Result<void, Setback>> {
    const turned = await turnTo(repository);
    if (!turned.ok) return turned;
    const at = turned.value;
    const verdict = await judgeHead(repository.ancestry, at.log.state().head, head);
    const caughtUp = await catchUp(at, signal);
    if (!verdict.ok) return setback('repository', verdict.error);
    switch (verdict.value.kind) {
      case 'recorded':
        return caughtUp;
      case 'rewritten':
        if (!caughtUp.ok && caughtUp.error.area === 'compiler') return caughtUp;
        return judgeStanding(at, verdict.value.recorded, head, signal);
      case 'advance':
        // Where we compile otherwise than before, nothing is signed. An old commit that cannot be read does not stop a new one.
        if (!caughtUp.ok && caughtUp.error.area === 'compiler') return caughtUp;
        return deploy(at, head, verdict.value.skipped, signal);
    }
  }

  function now(): string {
    return new Date(clock.now()).toISOString();
  }

  return {
    follow,
    async refresh(signal) {
      if (bench === undefined || published === undefined) return ok('nothing due');
      const turned = await turnTo(bench.repository);
      if (!turned.ok) return turned;
      const caughtUp = await catchUp(turned.value, signal);
      if (!caughtUp.ok) return caughtUp;
      const renewed = await turned.value.desk.refresh(published);
      if (renewed === undefined) return ok('nothing due');
      if (!renewed.ok) return setback('log', renewed.error);
      await publish(turned.value, renewed.value);
      return ok('signed');
    },
    expiring: () => (published === undefined ? undefined : bench?.desk.expiring(published)),
  };
}

/** What is wrong with keys is wrong there, wherever it is met. */
function setback(area: ProblemArea, problem: ServerProblem): Result<never, Setback> {
  switch (problem.code) {
    case 'keys-not-listed':
      return err({ area: 'keys', problem });
    case 'awaiting-release-signature':
      return err({ area: 'release', problem });
    default:
      return err({ area, problem });
  }
}
