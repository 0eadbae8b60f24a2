// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError, isAbort, type Code } from '@fairlead/base';

/** Why an artifact could not be had. The table of codes says whether it lies with the artifact or around it. */
export interface ArtifactFailure {
  readonly code: Code;
  readonly message: string;
  readonly hint?: string;
}

/** The one door from anything thrown to a failure. What was called off is thrown on: it is no failure. */
export function failureFrom(thrown: unknown, fallback: Code = 'storage-failed'): ArtifactFailure {
  if (isAbort(thrown)) throw thrown;
  const errno = errnoOf(thrown);
  const full = errno === 'ENOSPC' || errno === 'EDQUOT';
  const error = FairleadError.from(thrown, full ? 'no-space' : fallback);
  return { code: error.code, message: error.message, hint: error.hint };
}
