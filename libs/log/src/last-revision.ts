// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { problem, type Repository, type RepositoryProblem } from '@fairlead/git';
import { parseManifest, readVersion } from '@fairlead/trust/verify';
import { walkBatches } from './read-batches.ts';
import { parseRecords, type LogRecord } from './record.ts';
import { recordsFile } from './record-log.ts';
import { refNames } from './ref-names.ts';

export interface LastRevision {
  readonly commit: string;
  readonly counter: number;
  /** Canonical text. */
  readonly manifest: string;
  /** Of the newest targets metadata that is recorded, or what an operator said to go on above. */
  readonly targetsVersion: number;
}

/** The newest revision in the log of a branch, null where there is none. Reads no further back; signatures are not looked at. */
export async function readLastRevision(
  repository: Repository,
  branch: string,
): Promise<Result<LastRevision | null, RepositoryProblem>> {
  let targetsVersion = 0;
  for await (const batch of walkBatches(repository, refNames(branch).records, recordsFile)) {
    if (!batch.ok) return batch;
    const records = parseRecords(batch.value.content);
    if (!records.ok) return err(unreadable(batch.value.oid, records.error.join('; ')));
    targetsVersion = Math.max(targetsVersion, ...records.value.map(targetsVersionOf));
    const revision = records.value.findLast((record) => record.kind === 'revision');
    if (revision === undefined) continue;
    const manifest = parseManifest(Buffer.from(revision.manifest, 'utf8'));
    if (!manifest.ok) return err(unreadable(batch.value.oid, 'its manifest is none'));
    const { counter } = manifest.value;
    return ok({ commit: revision.commit, counter, manifest: revision.manifest, targetsVersion });
  }
  return ok(null);
}

function targetsVersionOf(record: LogRecord): number {
  switch (record.kind) {
    case 'revision':
    case 'refreshed':
      return readVersion(record.targets);
    case 'adopted':
      return record.how.kind === 'above' ? record.how.version : 0;
    default:
      return 0;
  }
}

function unreadable(oid: string, why: string): RepositoryProblem {
  return problem('log-forged', `commit ${oid} of the log cannot be read: ${why}`);
}
