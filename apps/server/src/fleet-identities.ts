// SPDX-License-Identifier: Apache-2.0
import type { EnrolmentSource } from '@fairlead/api';
import { err, type Clock, type Logger } from '@fairlead/base';
import type { EnrolmentPort, IdentitiesPort, Publication } from '@fairlead/gateway';
import { withAuthority } from './authority-record.ts';
import type { Bench } from './bench.ts';
import { createEnrolment } from './enrolment.ts';
import type { EnrolmentDesk } from './enrolment-desk.ts';
import { createEnrolmentOffice } from './enrolment-office.ts';
import { createIdentityBook } from './identity-book.ts';
import { followLog } from './log-follower.ts';
import { problemOf } from './problems.ts';
import type { ServerKeys } from './server-keys.ts';
import { createWaitingDevices } from './waiting-devices.ts';

export interface IdentityOptions {
  readonly keys: Pick<ServerKeys, 'fleet' | 'authority' | 'authorities' | 'enrolmentKey'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** How long certificates of devices live, in milliseconds. */
  readonly certificateLife: number;
  /** How long after its end one can still be renewed, in milliseconds. */
  readonly maxAway: number;
  /** How often the log is looked at for what other servers decided, in milliseconds. */
  readonly logPollMs: number;
  /** Undefined: no repository has been read yet. */
  bench(): Bench | undefined;
  /** Undefined: nothing has been deployed yet. */
  published(): Pick<Publication, 'devices'> | undefined;
  /** Certificates count no more that counted before. */
  onRevoked(): void;
}

/** Who belongs to the fleet: handed out, renewed, taken back. All of it stands in the fleet log before it counts. */
export interface FleetIdentities {
  readonly identities: IdentitiesPort;
  readonly enrolment: EnrolmentPort;
  readonly office: EnrolmentSource;
  run(signal: AbortSignal): Promise<void>;
}

export function createFleetIdentities(options: IdentityOptions): FleetIdentities {
  const { keys, clock, logger, random, certificateLife, maxAway } = options;
  const bench = () => options.bench();
  const onRevoked = (): void => {
    options.onRevoked();
  };
  const { fleet, authority, enrolmentKey } = keys;
  const desk: EnrolmentDesk = {
    fleet,
    authority,
    authorities: () => keys.authorities(),
    clock,
    certificateLife,
    isMember: (device) => options.published()?.devices.has(device),
    log: () => bench()?.log.state(),
    async record(record) {
      const log = bench()?.log;
      if (log !== undefined) return log.append(withAuthority(log.state(), authority, [record]));
      return err(problemOf('repository-missing', 'the repository has not been read yet'));
    },
  };
  const waiting = createWaitingDevices(clock, random);
  return {
    identities: createIdentityBook(fleet, () => desk.log()),
    enrolment: createEnrolment({ ...desk, enrolmentKey, maxAway, waiting }),
    office: createEnrolmentOffice(desk, {
      waiting,
      listed: (device) => options.published()?.devices.get(device),
      onRevoked,
    }),
    run: (signal) => followLog({ clock, logger, everyMs: options.logPollMs, bench, onRevoked }, signal),
  };
}
