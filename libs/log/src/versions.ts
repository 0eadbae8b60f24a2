// SPDX-License-Identifier: Apache-2.0
import { readVersion } from '@fairlead/trust/verify';
import type { LogState } from './log-state.ts';

/** Newest versions of the metadata that the log answers for; 0: none. */
export interface MetadataVersions {
  readonly targets: number;
  readonly snapshot: number;
  readonly timestamp: number;
}

/** What the next signatures count up from: the newest that are recorded, or what an operator said where that is more. */
export function recordedVersions({ revision, floor }: LogState): MetadataVersions {
  const of = (text: string | undefined): number => Math.max(floor, readVersion(text ?? null));
  return {
    targets: of(revision?.targets),
    snapshot: of(revision?.snapshot),
    timestamp: of(revision?.timestamp),
  };
}
