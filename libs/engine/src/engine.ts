// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Clock, type Logger, err, type Result } from '@fairlead/base';
import { targetDigest, type TargetState } from '@fairlead/target';
import { join } from 'node:path';
import { openApplyNotes } from './apply-notes.ts';
import { alwaysIdle, type Idleness } from './apply-time.ts';
import { coalesce } from './coalesce.ts';
import type { Domain, StepFailure } from './domain.ts';
import { createDriftWatch, type DriftWatch } from './drift-watch.ts';
import { joinDomains } from './drivers.ts';
import { createEngineLoop, type EngineLoop } from './engine-loop.ts';
import type { Desired, EngineEvent, EngineState } from './engine-state.ts';
import { createExclusive } from './exclusive.ts';
import type { JournalFile } from './journal-file.ts';
import { openJournal, type Journal } from './journal.ts';
import type { Outcome } from './outcome.ts';
import { openOverrides } from './overrides.ts';
import { requestUnit, type UnitRequest } from './unit-request.ts';
import { defaultSettings, type EngineSettings } from './settings.ts';
import { createStatusBoard } from './status-board.ts';
import { openTargetStore } from './target-store.ts';
import { nothing, stateOf, type Workplace } from './workplace.ts';

/**
 * Brings the device to the newest revision submitted, as one transaction over all domains: it ends at the new state or at the last
 * committed one, whatever happens in between.
 */
export interface Engine {
  /**
   * Takes up what an earlier process left: an open transaction goes on (after a reboot it is rolled back), and after a reboot all
   * committed units are brought up, without any network. Resolves once that has begun. Throws when the journal cannot be read, or is
   * of a later format.
   */
  start(signal: AbortSignal): Promise<void>;
  /** Lets go. What runs goes on, and so does an open transaction at the next start. */
  stop(): Promise<void>;
  /** Newest wins. Submitting what is known already does nothing. */
  submit(desired: Desired): void;
  /** Forgets which targets failed, and tries again at once what waits. */
  retry(): void;
  /**
   * Lets the newest revision touch what runs before its time, for as long as the override holds, also when the agent ends meanwhile;
   * its receipt says so. False: none waits to be applied. Throws `storage-failed` or `no-space`.
   */
  applyEarly(): Promise<boolean>;
  /** Something around the revision is another now: what waits is tried again at once. */
  lookAgain(): void;
  /** Starts, stops or restarts a unit on request. Expected failures are values. */
  request(request: UnitRequest): Promise<Result<void, StepFailure>>;
  /** What is committed; of no unit, if nothing is. */
  target(): Promise<TargetState>;
  state(): EngineState;
  /** Outcomes that are not acknowledged, oldest first; those of an earlier process included. */
  outcomes(): readonly Outcome[];
  /** Call when the receipt of this outcome is on disk: until then the outcome is told again after every start. */
  acknowledgeOutcome(id: number): Promise<void>;
  /** Returns the way to end that. */
  onEvent(listener: (event: EngineEvent) => void): () => void;
}

export interface EngineOptions {
  readonly domains: readonly Domain[];
  /** Folder for target states. */
  readonly dir: string;
  readonly journalFile: JournalFile;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Names this boot of the device, as in /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
  /** Failed targets are remembered for this version only. */
  readonly agentVersion: string;
  /** Free bytes where versions are staged. */
  readonly freeBytes: () => Promise<number>;
  /** Absent: nobody minds. */
  readonly idleness?: Idleness;
  readonly settings?: Partial<EngineSettings>;
}

/** Between looks at units that change, in milliseconds; less than anybody who watches can see. */
const lookPauseMs = 100;

interface Running {
  readonly journal: Journal;
  readonly loop: EngineLoop;
  readonly watch: DriftWatch;
  readonly request: Engine['request'];
  readonly target: Engine['target'];
  readonly ended: Promise<unknown>;
  readonly end: AbortController;
  readonly unsubscribe: () => void;
}

export function createEngine(options: EngineOptions): Engine {
  const settings = { ...defaultSettings, ...options.settings };
  const board = createStatusBoard(options.agentVersion, options.logger);
  const drivers = joinDomains(options.domains);
  const targets = openTargetStore(join(options.dir, 'targets'));
  let running: Running | null = null;
  let early: Desired | null = null;

  async function start(signal: AbortSignal): Promise<void> {
    try {
      const overrides = await openOverrides(join(options.dir, 'overrides.json'));
      const applyNotes = await openApplyNotes(join(options.dir, 'waiting.json'));
      const journal = await openJournal(options.journalFile, (target) => targets.has(target));
      if (journal.loss !== null) options.logger.error('the engine begins again', { reason: journal.loss });
      await drivers.start(signal);
      running = run(journal, { overrides, applyNotes }, signal);
      // Only now, so that a listener may acknowledge at once.
      for (const outcome of journal.book().outcomes) board.announce(outcome);
    } catch (thrown) {
      await options.journalFile.close();
      throw thrown;
    }
  }

  function run(
    opened: Journal,
    asked: Pick<Workplace, 'overrides' | 'applyNotes'>,
    signal: AbortSignal,
  ): Running {
    const journal = told(opened);
    const workplace: Workplace = {
      journal,
      drivers,
      targets,
      clock: options.clock,
      logger: options.logger,
      boot: options.bootId,
      agentVersion: options.agentVersion,
      settings,
      freeBytes: options.freeBytes,
      idleness: options.idleness ?? alwaysIdle,
      ...asked,
      exclusive: createExclusive(),
    };
    const end = new AbortController();
    const all = AbortSignal.any([signal, end.signal]);
    const backoff = { baseMs: settings.retryBaseMs, capMs: settings.retryCapMs, random: options.random };
    const look = coalesce(async () => {
      const committed = await stateOf(workplace, journal.book().committed);
      const units = await drivers.observe(all);
      board.update({ book: journal.book(), committed, units, drift: watch.found(), pending: loop.pending() });
    });
    // A hundred units that start change some two hundred times in a moment; each look asks for all of them.
    const lookNowAndThen = coalesce(async () => {
      await look();
      await options.clock.sleep(lookPauseMs, all);
    });
    const loop = createEngineLoop(workplace, backoff, look);
    const watch = createDriftWatch(workplace, look);
    const unsubscribeIdleness = workplace.idleness.onChange(() => loop.call());
    const unsubscribeDrivers = drivers.onChange(() => {
      watch.call();
      lookNowAndThen().catch((thrown: unknown) => {
        if (!all.aborted)
          options.logger.warn('looking at the units failed', { error: FairleadError.from(thrown).message });
      });
    });
    const unsubscribe = (): void => {
      unsubscribeIdleness();
      unsubscribeDrivers();
    };
    board.update({ book: journal.book() });
    if (early !== null) loop.submit(early);
    const request = async (asked: UnitRequest): Promise<Result<void, StepFailure>> => {
      const done = await requestUnit(workplace, asked, all);
      watch.look();
      return done;
    };
    return {
      journal,
      loop,
      request,
      target: () => stateOf(workplace, journal.book().committed),
      watch,
      end,
      unsubscribe,
      ended: Promise.all([loop.run(all), watch.run(all)]),
    };
  }

  /** The same journal, whose records are seen on the board. */
  function told(journal: Journal): Journal {
    return {
      ...journal,
      async write(record) {
        await journal.write(record);
        const book = journal.book();
        if (record.kind !== 'end') {
          board.update({ book });
          return;
        }
        const committed = book.committed === null ? nothing : await targets.load(book.committed.target);
        board.update({ book, committed });
        board.announce(record.outcome);
        // It ended what was asked on the device.
        running?.watch.call();
      },
    };
  }

  return {
    start,
    async stop() {
      if (running === null) return;
      const { journal, end, ended, unsubscribe } = running;
      running = null;
      end.abort(new FairleadError({ code: 'cancelled', message: 'the agent ends' }));
      unsubscribe();
      await ended;
      await drivers.stop();
      await journal.close();
    },
    submit(desired) {
      if (targetDigest(desired.state) !== desired.target) {
        throw new FairleadError({
          code: 'internal',
          message: 'a revision was submitted with the target state of another',
        });
      }
      if (running === null) early = desired;
      else running.loop.submit(desired);
    },
    retry: () => running?.loop.retry(),
    lookAgain() {
      running?.loop.lookAgain();
      running?.watch.look();
    },
    request: async (asked) =>
      running?.request(asked) ?? err({ code: 'no-agent', message: 'the agent is still starting' }),
    target: async () => running?.target() ?? nothing,
    applyEarly: async () => running?.loop.applyEarly() ?? false,
    state: board.state,
    outcomes: () => running?.journal.book().outcomes ?? [],
    async acknowledgeOutcome(id) {
      const journal = running?.journal;
      if (journal?.book().outcomes.some((outcome) => outcome.id === id) === true)
        await journal.write({ kind: 'acknowledged', id });
    },
    onEvent: board.onEvent,
  };
}
