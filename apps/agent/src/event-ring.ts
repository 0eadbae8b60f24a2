// SPDX-License-Identifier: Apache-2.0
import type { EngineEvent, EngineState } from '@fairlead/engine';

/** Something that happened on the device, for whoever asks on the local socket. */
interface LocalEvent {
  /** Rises by one from event to event, from 1 at each start of the agent. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly when: number;
  readonly name: 'unit' | 'activity' | 'outcome';
  /** Name of a unit; empty where it is about the device. */
  readonly job: string;
  readonly state: string;
  readonly reason: string;
}

export interface EventRing {
  take(event: EngineEvent): void;
  /** Those kept of the ones after that id, oldest first. */
  since(id: number): readonly LocalEvent[];
}

/** As many as Maestro keeps; the oldest goes first. */
const mostEvents = 100;

export function createEventRing(now: () => number): EventRing {
  let events: readonly LocalEvent[] = [];
  let last = 0;
  let before: EngineState | null = null;
  const add = (event: Omit<LocalEvent, 'id' | 'when'>): void => {
    last += 1;
    events = [...events, { id: last, when: now(), ...event }].slice(-mostEvents);
  };
  return {
    since: (id) => events.filter((event) => event.id > id),
    take(event) {
      if (event.kind === 'outcome') {
        const { result, message } = event.outcome;
        add({ name: 'outcome', job: '', state: result, reason: message });
        return;
      }
      const { units, activity } = event.state;
      if (before?.activity.kind !== activity.kind)
        add({ name: 'activity', job: '', state: activity.kind, reason: '' });
      for (const { domain, name, condition } of units) {
        const was = before?.units.find((unit) => unit.domain === domain && unit.name === name)?.condition;
        if (was?.kind === condition.kind) continue;
        add({
          name: 'unit',
          job: name,
          state: condition.kind,
          reason: 'message' in condition ? condition.message : '',
        });
      }
      before = event.state;
    },
  };
}
