// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import type { JournalFault } from '@fairlead/engine';

/**
 * For fault tests of the program as it is shipped: `FAIRLEAD_FAULT_JOURNAL=<n>:before|after` kills this process right before or right
 * after the n-th fsync of its journal, as a power cut would. Nothing else is replaced.
 */
export function journalFault(setting: string | undefined, kill: () => void): JournalFault | undefined {
  if (setting === undefined || setting === '') return undefined;
  const match = /^([1-9]\d*):(before|after)$/.exec(setting);
  if (match === null)
    throw new FairleadError({
      code: 'misuse',
      message: `FAIRLEAD_FAULT_JOURNAL=${setting} is not <n>:before or <n>:after`,
    });
  const [, at, when] = match;
  const killAt =
    (moment: string) =>
    (n: number): void => {
      if (moment === when && n === Number(at)) kill();
    };
  return { beforeSync: killAt('before'), afterSync: killAt('after') };
}
