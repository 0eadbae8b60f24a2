// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import type { EngineState } from '@fairlead/engine';
import type { LinkView } from '@fairlead/link';
import { createFakeClock } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { conditionOf } from './agent-status.ts';
import { createDeviceStatus } from './device-status.ts';

const revision = sha256('revision');
const named = { revision, counter: 1, target: sha256('target') };
const idle: EngineState = {
  committed: named,
  desired: named,
  activity: { kind: 'idle' },
  pending: null,
  failed: null,
  drift: [],
  units: [],
  resting: [],
};
const calm: LinkView = {
  connection: { kind: 'connecting', attempt: 0 },
  failure: null,
  refusal: null,
  waiting: null,
  remarks: [],
};
const drift = [{ domain: 'jobs' as const, name: 'x', message: 'was stopped', healed: true }];
const failed = { target: named.target, code: 'health-failed' as const, message: 'no', agentVersion: '1' };
const pending = { code: 'no-space' as const, message: 'full', hint: '', since: 700, retryAt: 0 };
const refusal = {
  kind: 'refusal' as const,
  id: '',
  revision,
  code: 'rollback',
  message: 'old',
  deviceTime: 0,
  trustedTime: 0,
};

describe('when the device is asked what it is at', () => {
  it.each([
    ['at rest', {}, {}, 'applied', null],
    ['new', { committed: null }, {}, 'pending', null],
    ['after a refusal, whatever else is', { failed, pending }, { refusal }, 'refused', 'rollback'],
    ['staging', { activity: { kind: 'staging', revision } }, {}, 'pending', 'pending-download'],
    ['held up', { pending, activity: { kind: 'staging', revision } }, {}, 'pending', 'no-space'],
    [
      'waiting for a target state',
      {},
      { waiting: { code: 'target-unavailable', message: 'cut' } },
      'pending',
      'target-unavailable',
    ],
    ['applying', { activity: { kind: 'applying', revision, phase: 'stop' } }, {}, 'applying', null],
    [
      'going back',
      { activity: { kind: 'rolling-back', revision, code: 'start-failed', message: '' } },
      {},
      'applying',
      'start-failed',
    ],
    ['failed', { failed, drift }, {}, 'failed', 'health-failed'],
    ['inconsistent', { activity: { kind: 'inconsistent', units: [] } }, {}, 'failed', 'inconsistent'],
    ['healing', { drift }, {}, 'drift', null],
  ] as const)('%s', (_name, engine, link, state, code) => {
    expect(conditionOf({ ...idle, ...engine }, { ...calm, ...link })).toMatchObject({ state, code });
  });

  it('tells the server of what it is on the way to, or failed at', () => {
    const wanted = { revision: sha256('newer'), counter: 2, target: sha256('newer target') };
    const statusOf = (state: EngineState) =>
      createDeviceStatus(
        createFakeClock(),
        () => state,
        () => calm,
      ).look().status;
    const applying = { kind: 'applying', revision: wanted.revision, phase: 'stop' } as const;
    expect(statusOf({ ...idle, desired: wanted, activity: applying })).toMatchObject({
      state: 'applying',
      target: wanted.target,
    });
    expect(
      statusOf({ ...idle, desired: wanted, failed: { ...failed, target: wanted.target } }),
    ).toMatchObject({ state: 'failed', revision: wanted.revision, target: wanted.target });
    expect(statusOf({ ...idle, desired: wanted })).toMatchObject({ state: 'applied', target: named.target });
  });

  it('remembers since when, and tells a change from none', async () => {
    const clock = createFakeClock(1_000);
    let state = idle;
    const board = createDeviceStatus(
      clock,
      () => state,
      () => calm,
    );
    expect(board.look()).toMatchObject({ changed: true, status: { state: 'applied', since: 1_000 } });
    await clock.advance(500);
    expect(board.look()).toMatchObject({ changed: false, status: { since: 1_000 } });
    state = { ...idle, drift };
    expect(board.look()).toMatchObject({
      changed: true,
      status: {
        state: 'drift',
        message: 'jobs/x: was stopped; put right',
        since: 1_500,
        drift: [{ unit: 'jobs/x', found: 'was stopped; put right' }],
      },
    });
    state = { ...idle, pending };
    expect(board.look()).toMatchObject({ status: { state: 'pending', since: 700 } });
  });
});
