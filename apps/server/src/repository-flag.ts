// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { parseRepositoryPlace, type RepositoryPlace } from '@fairlead/git';

/** Where a flag says that a repository is; throws `misuse` where it says that in no usable way. */
export function repositoryFlag(flag: string, text: string, insecureLoopback: boolean): RepositoryPlace {
  const place = parseRepositoryPlace(text, { insecureLoopback });
  if (place.ok) return place.value;
  const { code, message, hint } = place.error;
  throw new FairleadError({ code, message: `${flag}: ${message}`, hint });
}
