// SPDX-License-Identifier: Apache-2.0
import { sha256, type Logger } from '@fairlead/base';
import type { GatewayEvent } from '@fairlead/gateway';
import { provenVersions } from '@fairlead/trust/sign';
import type { Bench } from './bench.ts';

export interface HeldProofPorts {
  /** Undefined: no log has been read yet. */
  readonly bench: () => Bench | undefined;
  readonly logger: Logger;
  /** The log is to be read again: another server may have signed what the device holds. */
  readonly look: () => void;
}

/**
 * Judges what devices hold and no record names: by a file that we signed it is proven that the log was cut, or lags behind. What a
 * device merely claims counts for nothing.
 */
export function createHeldProofs({
  bench,
  logger,
  look,
}: HeldProofPorts): (event: GatewayEvent & { readonly kind: 'held' }) => void {
  return ({ device, held, timestampFile, snapshotFile }) => {
    const at = bench();
    const digest = sha256(snapshotFile);
    if (at === undefined || at.log.state().snapshots.has(digest)) return;
    const files = { timestamp: timestampFile, snapshot: snapshotFile };
    const proven = provenVersions(at.roots.newestSeen().bytes, files);
    if (proven === undefined) {
      logger.warn('a device holds metadata that is not recorded, and that we did not sign', { device, held });
      return;
    }
    const stands = (): boolean => provenVersions(at.roots.newestSeen().bytes, files) !== undefined;
    at.log.prove({ device, digest, ...proven, stands });
    look();
  };
}
