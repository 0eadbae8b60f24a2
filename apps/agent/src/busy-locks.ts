// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { replaceFile } from '@fairlead/artifacts';
import type { Clock } from '@fairlead/base';
import type { Busy, Idleness } from '@fairlead/engine';
import * as v from 'valibot';

/** Who must not be disturbed, each for a time. They survive the agent, and no reboot, with which whoever held one is gone. */
export interface BusyLocks extends Idleness {
  held(): readonly BusyLock[];
  /** In place of an earlier one of the same holder. */
  hold(holder: string, forMs: number): Promise<void>;
  /** False: there was none. */
  release(holder: string): Promise<boolean>;
  /** Somebody says that the device is idle, for so long: locks do not count meanwhile. */
  sayIdle(forMs: number): Promise<void>;
}

interface BusyLock {
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Locks at once; whoever asks for more is refused. */
export const mostLocks = 1_000;

const form = v.strictObject({
  format: v.literal(1),
  boot: v.string(),
  idleUntil: v.number(),
  locks: v.array(v.strictObject({ holder: v.string(), until: v.number() })),
});

export async function openBusyLocks(path: string, boot: string, clock: Clock): Promise<BusyLocks> {
  const stored = parse(await readFile(path, 'utf8').catch(() => ''));
  let state = stored?.boot === boot ? stored : { format: 1 as const, boot, idleUntil: 0, locks: [] };
  const listeners = new Set<() => void>();
  const held = (): readonly BusyLock[] => state.locks.filter(({ until }) => until > clock.now());
  const keep = async (changes: Partial<typeof state>): Promise<void> => {
    state = { ...state, locks: [...held()], ...changes };
    await replaceFile(path, JSON.stringify(state));
    for (const listener of listeners) listener();
  };
  return {
    held,
    hold: (holder, forMs) =>
      keep({
        idleUntil: 0,
        locks: [...held().filter((lock) => lock.holder !== holder), { holder, until: clock.now() + forMs }],
      }),
    async release(holder) {
      const isThere = held().some((lock) => lock.holder === holder);
      if (isThere) await keep({ locks: held().filter((lock) => lock.holder !== holder) });
      return isThere;
    },
    sayIdle: (forMs) => keep({ idleUntil: clock.now() + forMs }),
    busy(): Busy | null {
      const locks = held();
      if (locks.length === 0 || state.idleUntil > clock.now()) return null;
      const holders = locks.map(({ holder }) => `'${holder}'`).join(', ');
      return { message: `kept busy by ${holders}`, until: Math.max(...locks.map(({ until }) => until)) };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function parse(text: string): v.InferOutput<typeof form> | null {
  try {
    const parsed = v.safeParse(form, JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
