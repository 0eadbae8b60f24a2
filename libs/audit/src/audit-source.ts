// SPDX-License-Identifier: Apache-2.0
import type { Repository } from '@fairlead/git';

/** What an audit asks of a repository: it only reads. */
export type AuditSource = Pick<
  Repository,
  'objects' | 'ancestry' | 'blobs' | 'readRef' | 'listRefs' | 'firstParents' | 'commits'
>;
