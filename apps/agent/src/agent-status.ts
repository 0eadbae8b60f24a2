// SPDX-License-Identifier: Apache-2.0
import type { Code, Digest } from '@fairlead/base';
import type { DriftReport, EngineState } from '@fairlead/engine';
import type { LinkView } from '@fairlead/link';
import type { DeviceState, Status } from '@fairlead/wire';

/** What `fairlead-agent status` tells. Times are milliseconds since 1970. */
export interface AgentStatus {
  readonly device: string;
  readonly version: string;
  readonly state: DeviceState;
  readonly code: string | null;
  readonly message: string;
  readonly since: number;
  /** What the device runs, or returns to. */
  readonly revision: Digest | null;
  readonly target: Digest | null;
  /** Newest revision that it was given. */
  readonly desired: Digest | null;
  readonly connection: LinkView['connection']['kind'];
  /** Why there is no stream. */
  readonly offline: { readonly code: Code; readonly message: string } | null;
  readonly units: Status['units'];
  readonly drift: Status['drift'];
}

/** What the device is at, for the server: state and reason, of all that engine and link know. */
export interface Condition extends Pick<Status, 'state' | 'code' | 'message'> {
  /** Milliseconds since 1970; absent: since it was noticed. */
  readonly since?: number;
}

/** The first that holds counts: what somebody must look at comes before what goes on by itself. */
export function conditionOf(engine: EngineState, link: LinkView): Condition {
  const { refusal, waiting } = link;
  if (refusal !== null) return { state: 'refused', code: refusal.code, message: refusal.message };
  const { activity, pending, failed } = engine;
  if (activity.kind === 'inconsistent')
    return { state: 'failed', code: 'inconsistent', message: listed(activity.units) };
  if (activity.kind === 'rolling-back')
    return { state: 'applying', code: activity.code, message: activity.message };
  if (activity.kind === 'applying') return { state: 'applying', code: null, message: activity.phase };
  if (failed !== null) return { state: 'failed', code: failed.code, message: failed.message };
  if (pending !== null) {
    const { code, message, since } = pending;
    return { state: 'pending', code, message, since };
  }
  if (activity.kind === 'staging') return { state: 'pending', code: 'pending-download', message: 'staging' };
  if (waiting !== null) return { state: 'pending', code: waiting.code, message: waiting.message };
  if (engine.drift.length > 0) return { state: 'drift', code: null, message: listed(engine.drift.map(told)) };
  if (engine.committed === null) return { state: 'pending', code: null, message: 'no revision yet' };
  return { state: 'applied', code: null, message: '' };
}

/** A difference with what was done about it. */
export function told(drift: DriftReport): DriftReport {
  return drift.healed ? { ...drift, message: `${drift.message}; put right` } : drift;
}

function listed(
  units: readonly { readonly domain: string; readonly name: string; readonly message: string }[],
): string {
  return units.map(({ domain, name, message }) => `${domain}/${name}: ${message}`).join('; ');
}
