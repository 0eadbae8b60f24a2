// SPDX-License-Identifier: Apache-2.0
import {
  enrollIdentities,
  issueIdentities,
  type SimulatedIdentity,
  type StateFolder,
} from '@fairlead/simulator';
import { systemClock } from '@fairlead/program';
import type { FleetKeys } from './fleet-keys.ts';

export interface IdentityOptions {
  /** `host:port`. */
  readonly server: string;
  readonly keys: FleetKeys;
  readonly devices: readonly string[];
  /** Certificates straight from the CA, unrecorded, instead of an enrolment. */
  readonly issue: boolean;
  readonly state: StateFolder | undefined;
  readonly onProgress: (have: number) => void;
}

/** An identity for each device: from the state folder where it has one, else a new one that is kept there. In the order of `devices`. */
export async function obtainIdentities(
  options: IdentityOptions,
  signal: AbortSignal,
): Promise<readonly SimulatedIdentity[]> {
  const { server, keys, devices, state } = options;
  const have = new Map(await state?.identities());
  const missing = devices.filter((device) => !have.has(device));
  let saved = Promise.resolve();
  const take = (identity: SimulatedIdentity): void => {
    have.set(identity.device, identity);
    options.onProgress(devices.length - missing.length + (added += 1));
    saved = saved.then(() => state?.addIdentity(identity));
  };
  let added = 0;
  if (options.issue) {
    const issued = await issueIdentities(keys.authority, keys.anchor, missing, systemClock.now());
    for (const identity of issued) take(identity);
  } else if (missing.length > 0) {
    const tokenFor = (device: string): string => keys.tokenFor(device, systemClock.now());
    const { anchor } = keys;
    await enrollIdentities(
      { server, anchor, devices: missing, tokenFor, onEnrolled: take },
      { clock: systemClock, random: Math.random },
      signal,
    );
  }
  await saved;
  return devices.flatMap((device) => have.get(device) ?? []);
}
