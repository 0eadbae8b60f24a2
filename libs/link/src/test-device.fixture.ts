// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { createClock, ok, silentLogger, type Clock, type Digest } from '@fairlead/base';
import { systemClock } from '@fairlead/testing';
import type { Status } from '@fairlead/wire';
import { onTestFinished } from 'vitest';
import {
  createLink,
  type KnownAction,
  type LinkOptions,
  type OutcomeFacts,
  type VerifiedRevision,
} from './index.ts';
import { start, type TestFleet } from './test-fleet.fixture.ts';

/** A device whose clock shows another time, but runs as ours does. */
export function clockAt(time: number): Clock {
  const begin = systemClock.monotonic();
  return createClock({
    now: () => Math.floor(time + systemClock.monotonic() - begin),
    monotonic: () => systemClock.monotonic(),
    schedule: (callback, ms) => {
      const timer = setTimeout(callback, ms);
      return () => {
        clearTimeout(timer);
      };
    },
  });
}

/** A link on a folder of its own, with an engine that only remembers what it was given. */
export async function startDevice(
  dir: string,
  server: string,
  token: string | undefined,
  change: Partial<LinkOptions> = {},
) {
  const desired: VerifiedRevision[] = [];
  const ran: KnownAction[] = [];
  const held: { target: Digest | null } = { target: null };
  const link = createLink({
    dir,
    server,
    admission: token === undefined ? {} : { token },
    agent: {
      version: '1.2.3',
      buildTime: start - 86_400_000,
      bootId: 'boot',
      architecture: 'x64',
      targetFormats: [1],
      capabilities: ['jobs'],
    },
    clock: clockAt(start),
    logger: silentLogger,
    random: () => 0,
    newId: randomUUID,
    device: {
      heldTarget: () => held.target,
      desired: (revision) => {
        desired.push(revision);
        held.target = revision.target;
      },
      run: async (action) => {
        ran.push(action);
        return ok();
      },
      changed: () => undefined,
    },
    ...change,
  });
  const id = await link.open();
  link.start(new AbortController().signal);
  onTestFinished(() => link.stop());
  return { id, link, desired, ran, held };
}

export function outcomeOf(fleet: TestFleet, counter: number): OutcomeFacts {
  const { revision, target } = fleet.revision(counter, `revision ${counter}`);
  return {
    revision,
    counter,
    target,
    previousTarget: null,
    result: 'applied',
    code: null,
    units: [],
    remarks: [],
  };
}

export const applied: Status = {
  kind: 'status',
  state: 'applied',
  code: null,
  message: '',
  since: start,
  revision: null,
  target: null,
  units: [],
  drift: [],
};
