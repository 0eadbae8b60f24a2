// SPDX-License-Identifier: Apache-2.0
import type { Logger } from '@fairlead/base';
import { openFilesLimit } from '@fairlead/program';

/** Files that a server has open beside its connections: repository, listeners, programs that it starts. */
const otherFiles = 300;
/** Below this the limit of open files is worth a word: a larger fleet is turned away at the door. */
const fewConnections = 5_000;

/** As many connections as the system's limit of open files allows, so that one too many is turned away and nothing else fails. */
export function connectionLimit(logger: Logger): { readonly maxConnections?: number } {
  const limit = openFilesLimit();
  if (limit === undefined) return {};
  const maxConnections = Math.max(1, limit - otherFiles);
  if (maxConnections < fewConnections)
    logger.warn('few connections can be open', {
      connections: maxConnections,
      openFiles: limit,
      hint: 'Raise the limit of open files: ulimit -n, or LimitNOFILE= of the systemd unit.',
    });
  return { maxConnections };
}
