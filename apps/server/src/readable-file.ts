// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';

/** A file that is read again and again later: that it can be read at all is said at once. */
export async function requireReadable(flag: string, file: string | undefined): Promise<void> {
  if (file === undefined) return;
  await access(file, constants.R_OK).catch((cause: unknown) => {
    throw new FairleadError({
      code: 'misuse',
      message: `${flag}: cannot read ${file}: ${errnoOf(cause) ?? 'unknown reason'}`,
      hint: 'Check the path and the permissions.',
      cause,
    });
  });
}
