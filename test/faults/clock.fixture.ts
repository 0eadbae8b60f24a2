// SPDX-License-Identifier: Apache-2.0
import { globSync } from 'node:fs';

const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');

/** Whether programs can be shown another time of day than the machine's (package libfaketime). */
export const canMoveClocks = library !== undefined;

/** Environment in which a program's clock reads so: `+3d`, `-3d`, or `@1970-01-01 00:00:10`. Intervals stay what they are. */
export function clockReads(time: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: library ?? '',
    FAKETIME: time,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  };
}
