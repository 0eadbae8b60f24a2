// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';

export function brokenArchive(
  why: string,
  code: 'archive-broken' | 'archive-unsafe' = 'archive-broken',
  cause?: unknown,
): FairleadError {
  return new FairleadError({ code, message: `the archive cannot be read: ${why}`, cause });
}
