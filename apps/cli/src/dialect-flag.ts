// SPDX-License-Identifier: Apache-2.0
import { choiceFlag } from '@fairlead/program';
import type { Dialect } from '@fairlead/spec';

export const dialectFlag = choiceFlag('--dialect <name>', 'whose language it is; auto: that of its $schema', [
  'auto',
  'fairlead',
  'artemis',
]);

/** As an option: absent where the specification itself says it. */
export function dialectOption(named: 'auto' | Dialect): { readonly dialect?: Dialect } {
  return named === 'auto' ? {} : { dialect: named };
}
