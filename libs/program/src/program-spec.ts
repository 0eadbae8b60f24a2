// SPDX-License-Identifier: Apache-2.0
import type { AnyCommand } from './command.ts';

/** A program, as data. */
export interface ProgramSpec {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly commands: readonly AnyCommand[];
  /** What each word stands for that only groups commands: `{ keys: 'Keys of a fleet' }`. */
  readonly groups?: Readonly<Record<string, string>>;
}
