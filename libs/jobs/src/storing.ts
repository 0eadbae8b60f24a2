// SPDX-License-Identifier: Apache-2.0
import { err, errnoOf, FairleadError, isAbort, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';

/** Does something with files. What the file system refuses lies around the revision, and is said so; whatever else is thrown goes on. */
export async function storing<T>(
  work: () => Promise<Result<T, StepFailure>>,
): Promise<Result<T, StepFailure>> {
  try {
    return await work();
  } catch (error) {
    const errno = errnoOf(error);
    if (isAbort(error) || errno === undefined) throw error;
    const { message } = FairleadError.from(error);
    return err({ code: errno === 'ENOSPC' || errno === 'EDQUOT' ? 'no-space' : 'storage-failed', message });
  }
}
