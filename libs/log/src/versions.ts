// SPDX-License-Identifier: Apache-2.0
import { readVersion } from '@fairlead/trust/verify';
import type { LogState } from './log-state.ts';
import type { MetadataTexts } from './record.ts';

/** Versions of the metadata; 0: none. */
export interface MetadataVersions {
  readonly targets: number;
  readonly snapshot: number;
  readonly timestamp: number;
}

export const noVersions: MetadataVersions = { targets: 0, snapshot: 0, timestamp: 0 };

export function versionsOf({ targets, snapshot, timestamp }: MetadataTexts): MetadataVersions {
  return {
    targets: readVersion(targets),
    snapshot: readVersion(snapshot),
    timestamp: readVersion(timestamp),
  };
}

/** Role by role. */
export function greater(a: MetadataVersions, b: MetadataVersions): MetadataVersions {
  return {
    targets: Math.max(a.targets, b.targets),
    snapshot: Math.max(a.snapshot, b.snapshot),
    timestamp: Math.max(a.timestamp, b.timestamp),
  };
}

/** What the next signatures count up from: the greatest that are recorded, or what an operator said where that is more. */
export function recordedVersions({ versions, floor }: LogState): MetadataVersions {
  return greater(versions, { targets: floor, snapshot: floor, timestamp: floor });
}
