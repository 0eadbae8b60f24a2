// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@fairlead/base';
import type { EventPage, EventRing } from './event-ring.ts';
import { localLimits, refusal, type LocalReply, type LocalRequest } from './local-protocol.ts';

/** As long as Maestro keeps whoever waits for events of its network, in milliseconds. */
const usualWaitMs = 20_000;
const longestWaitMs = 60_000;

export type EventDesk = (request: LocalRequest) => Promise<LocalReply>;

/**
 * Answers as soon as there is an event to tell, or with nothing when the wait is over: `?after=<id>` what came after that one, for as
 * many readers as like; without it what nobody read so yet, as Maestro does. `&wait=<duration>`: how long.
 */
export function createEventDesk(events: EventRing): EventDesk {
  let waits = 0;

  const firstPage = async (read: () => EventPage, ms: number, signal: AbortSignal): Promise<EventPage> => {
    const found = read();
    // A reader too many looks again later.
    if (found.events.length > 0 || found.missed || waits >= localLimits.waits) return found;
    waits += 1;
    await events.next(ms, signal);
    waits -= 1;
    return signal.aborted ? found : read();
  };

  return async ({ query, signal }) => {
    const after = query.get('after');
    const wait = query.get('wait');
    const ms = wait === null ? usualWaitMs : millisecondsOf(wait);
    if (ms === null) return refusal(400, 'misuse', "'wait' is a duration like 20s, of at most a minute");
    const read = after === null ? () => events.unread() : () => events.after(after);
    const page = await firstPage(read, ms, signal);
    return page.events.length === 0 && !page.missed ? { status: 204 } : { status: 200, body: page };
  };
}

function millisecondsOf(text: string): number | null {
  const time = parseDuration(text);
  return time.ok && time.value <= longestWaitMs ? time.value : null;
}
