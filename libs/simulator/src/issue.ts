// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import type { Authority } from '@fairlead/identity/authority';
import { createCsr, createDeviceKey } from '@fairlead/identity/device';
import { randomUUID } from 'node:crypto';
import type { FleetAnchor, SimulatedIdentity } from './identity.ts';

/**
 * Certificates straight from the CA of the key folder: quick, without any server, and without a record of enrolment in the log.
 * `sharedKey`: one key for all, where what is measured is not keys. `now`: milliseconds since 1970.
 */
export async function issueIdentities(
  authority: Authority,
  { fleet }: Pick<FleetAnchor, 'fleet'>,
  devices: readonly string[],
  now: number,
  sharedKey?: string,
): Promise<readonly SimulatedIdentity[]> {
  const identities: SimulatedIdentity[] = [];
  for (const device of devices) {
    const key = sharedKey ?? createDeviceKey();
    const issued = await authority.issueDevice({ csr: createCsr(key, device), fleet, device, now });
    if (!issued.ok) throw new FairleadError({ code: 'internal', message: issued.error });
    identities.push({ device, instance: randomUUID(), key, certificate: issued.value.certificate });
  }
  return identities;
}
