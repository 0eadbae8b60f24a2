// SPDX-License-Identifier: Apache-2.0
import type { Clock, Logger } from '@fairlead/base';
import { createTarget, type TargetState } from '@fairlead/target';
import type { ApplyNotes } from './apply-notes.ts';
import type { Idleness } from './apply-time.ts';
import type { Drivers } from './drivers.ts';
import type { RevisionRef } from './engine-state.ts';
import type { Exclusive } from './exclusive.ts';
import type { Journal } from './journal.ts';
import type { Overrides } from './overrides.ts';
import type { EngineSettings } from './settings.ts';
import type { TargetStore } from './target-store.ts';

/** What every task of the engine works with. */
export interface Workplace {
  readonly journal: Journal;
  readonly drivers: Drivers;
  readonly targets: TargetStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly boot: string;
  readonly agentVersion: string;
  readonly settings: EngineSettings;
  readonly freeBytes: () => Promise<number>;
  readonly idleness: Idleness;
  readonly overrides: Overrides;
  readonly applyNotes: ApplyNotes;
  /** For whatever changes units, so that healing and applying never meet on one. */
  readonly exclusive: Exclusive;
}

/** What a device runs to which nothing was ever committed. */
export const nothing: TargetState = createTarget([]);

export async function stateOf({ targets }: Workplace, ref: RevisionRef | null): Promise<TargetState> {
  return ref === null ? nothing : targets.load(ref.target);
}
