// SPDX-License-Identifier: Apache-2.0
import type { Terminal } from '@fairlead/program';
import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Colours where standard output is read by a person, and NO_COLOR is not set. */
export function coloursFor({ env, isTerminal }: Terminal): Colours {
  return picocolors.createColors(isTerminal.stdout && (env['NO_COLOR'] ?? '') === '');
}
