// SPDX-License-Identifier: Apache-2.0
import type { Code, Digest } from '@fairlead/base';
import type { DomainName } from '@fairlead/target';

/** What a driver sees of one unit on the device. */
export interface ObservedUnit {
  readonly name: string;
  /** Digest of the version that is switched on, running or not; null: none. */
  readonly digest: Digest | null;
  /** Versions that are completely on the device, the current one included. */
  readonly staged: readonly Digest[];
  readonly condition: UnitCondition;
  /** Absent: it runs as no process of this machine, or none is known. */
  readonly process?: UnitProcess;
}

export interface UnitProcess {
  readonly pid: number;
  /** Starts after an end that nobody had asked for, counted since the agent began to look after the unit. */
  readonly restarts: number;
}

/** An observed unit together with the domain that saw it. */
export interface DeviceUnit extends ObservedUnit {
  readonly domain: DomainName;
}

export type UnitCondition =
  /** Spawned, not ready yet. */
  | { readonly kind: 'starting' }
  /** Ready. */
  | { readonly kind: 'running' }
  /** Did what it had to do in this boot and ended well: what requires it has what it needs, and nobody starts it again. */
  | { readonly kind: 'finished' }
  /** Ended, and will be started again after its pause without anyone's asking. */
  | { readonly kind: 'waiting'; readonly code: Code; readonly message: string }
  /** Not running, and not to be started by the driver: never started, or stopped on request. */
  | { readonly kind: 'stopped' }
  /** Given up by the driver. */
  | { readonly kind: 'failed'; readonly code: Code; readonly message: string };

/** True for a unit that others may build on. */
export function isUp(condition: UnitCondition): boolean {
  return condition.kind === 'running' || condition.kind === 'finished';
}

/** True for what must be stopped, or forgotten as finished, before another version takes its place. */
export function isActive(condition: UnitCondition): boolean {
  switch (condition.kind) {
    case 'starting':
    case 'running':
    case 'finished':
    case 'waiting':
      return true;
    case 'stopped':
    case 'failed':
      return false;
  }
}
