// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import type { Clock } from '@fairlead/base';
import type { DeviceUnit, EngineEvent, EngineState, UnitCondition } from '@fairlead/engine';

/** Something that happened on the device, for whoever asks on the local socket; the first five as Maestro's clients know them. */
interface LocalEvent {
  /** The first three are Maestro's; `job_started` means to it that the job is not ready yet. */
  readonly name:
    'job_started' | 'job_running' | 'process_ended' | 'job_changed' | 'drift' | 'activity' | 'outcome';
  /** Nanoseconds since 1970, as well as a number tells them. */
  readonly when: number;
  readonly type: 'process_event' | 'device_event';
  /** 0: no process, or none that is known. */
  readonly pid: number;
  /** Name of a unit; empty where it is about the device. */
  readonly job: string;
  /** `<start of the agent>-<n>`: n rises by one from event to event, from 1. */
  readonly id: string;
  readonly state: string;
  readonly reason: string;
}

export interface EventPage {
  /** Oldest first. */
  readonly events: readonly LocalEvent[];
  /** Go on after this one. */
  readonly last: string;
  /** True: others came between the one that was read last and these, and are gone; after a start of the agent it is not known. */
  readonly missed: boolean;
}

export interface EventRing {
  take(event: EngineEvent): void;
  /** What came after the event of that id; '0': all that are kept. */
  after(id: string): EventPage;
  /** What was not read this way yet, by whomever: Maestro's clients name no event. */
  unread(): EventPage;
  /** Resolves when something happens, but after that time at the latest, or when the signal aborts. */
  next(ms: number, signal: AbortSignal): Promise<void>;
}

/** As many as Maestro keeps; the oldest goes first. */
const mostEvents = 100;

export function createEventRing(clock: Clock): EventRing {
  const epoch = randomUUID().slice(0, 8);
  let events: readonly LocalEvent[] = [];
  let last = 0;
  let read = 0;
  let before: EngineState | null = null;
  let added = new AbortController();

  const idOf = (number: number): string => `${epoch}-${String(number)}`;

  const add = (name: LocalEvent['name'], unit: Partial<DeviceUnit>, state: string, reason: string): void => {
    last += 1;
    const event: LocalEvent = {
      name,
      when: Math.round(clock.now()) * 1e6,
      type: unit.name === undefined ? 'device_event' : 'process_event',
      pid: unit.process?.pid ?? 0,
      job: unit.name ?? '',
      id: idOf(last),
      state,
      reason,
    };
    events = [...events, event].slice(-mostEvents);
    added.abort();
    added = new AbortController();
  };

  const page = (number: number, isKnown: boolean): EventPage => {
    const left = Math.min(events.length, last - number);
    return {
      events: left === 0 ? [] : events.slice(-left),
      last: idOf(last),
      missed: !isKnown || left < last - number,
    };
  };

  const noteUnits = (units: EngineState['units']): void => {
    for (const unit of units) {
      const { condition } = unit;
      const was = before?.units.find(({ domain, name }) => domain === unit.domain && name === unit.name);
      if (was?.condition.kind === condition.kind && was.process?.pid === unit.process?.pid) continue;
      const reason = 'message' in condition ? condition.message : '';
      add(nameOf(condition.kind, was?.condition.kind), unit, condition.kind, reason);
    }
  };

  const noteDrift = (drift: EngineState['drift']): void => {
    const known = new Set(before?.drift.map((report) => JSON.stringify(report)));
    for (const report of drift) {
      if (known.has(JSON.stringify(report))) continue;
      add('drift', { name: report.name }, report.healed ? 'healed' : 'found', report.message);
    }
  };

  return {
    take(event) {
      if (event.kind === 'outcome') {
        const { result, message } = event.outcome;
        add('outcome', {}, result, message);
        return;
      }
      const { units, activity, drift } = event.state;
      if (before?.activity.kind !== activity.kind) add('activity', {}, activity.kind, '');
      noteUnits(units);
      noteDrift(drift);
      before = event.state;
    },
    after(id) {
      if (id === '0') return page(0, true);
      const [start, number = ''] = id.split('-');
      const isKnown = start === epoch && /^\d{1,15}$/.test(number) && Number(number) <= last;
      return page(isKnown ? Number(number) : 0, isKnown);
    },
    unread() {
      const found = page(read, true);
      read = last;
      return found;
    },
    async next(ms, signal) {
      await clock.sleep(ms, AbortSignal.any([signal, added.signal])).catch(() => undefined);
    },
  };
}

function nameOf(now: UnitCondition['kind'], before: UnitCondition['kind'] | undefined): LocalEvent['name'] {
  if (now === 'starting') return 'job_started';
  if (now === 'running') return 'job_running';
  return before === 'starting' || before === 'running' ? 'process_ended' : 'job_changed';
}
