// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';

/** Path of the control group that this process is in, from the top of the hierarchy. */
export function ownGroup(): string {
  return readFileSync('/proc/self/cgroup', 'utf8').trim().replace('0::', '');
}
