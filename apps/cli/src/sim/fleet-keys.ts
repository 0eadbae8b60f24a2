// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { formatToken } from '@fairlead/identity';
import { createToken, openAuthority, type Authority } from '@fairlead/identity/authority';
import { readKeyFiles } from '@fairlead/program';
import type { FleetAnchor } from '@fairlead/simulator';
import { readTrustedRoot, rootIdentity } from '@fairlead/trust/verify';

/** What the simulator takes of a key folder. */
export interface FleetKeys {
  readonly anchor: FleetAnchor;
  readonly authority: Authority;
  /** A token that admits this device for the next 24 h. `now`: milliseconds since 1970. */
  tokenFor(device: string, now: number): string;
}

const tokenLife = 24 * 3_600_000;

export async function readFleetKeys(dir: string): Promise<FleetKeys> {
  const files = await readKeyFiles(dir, ['root.json', 'ca.pem', 'ca.crt', 'enrolment.key']);
  const root = files['root.json'];
  if (!readTrustedRoot(root).ok)
    throw new FairleadError({ code: 'keys-missing', message: `root.json of ${dir} is no root` });
  const fleet = rootIdentity(root);
  const certificate = files['ca.crt'].toString('utf8');
  return {
    anchor: { fleet, root, ca: [certificate] },
    authority: openAuthority({ key: files['ca.pem'].toString('utf8'), certificate }),
    tokenFor: (device, now) =>
      formatToken(
        createToken({ enrolmentKey: files['enrolment.key'], fleet, device, expires: now + tokenLife }),
      ),
  };
}
