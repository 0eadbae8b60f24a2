// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { problem, type Repository, type RepositoryProblem } from '@fairlead/git';
import { parseManifest } from '@fairlead/trust/verify';
import { walkBatches } from './read-batches.ts';
import { parseRecords } from './record.ts';
import { recordsFile } from './record-log.ts';
import { refNames } from './ref-names.ts';

export interface LastRevision {
  readonly commit: string;
  readonly counter: number;
}

/** The newest revision in the log of a branch, null where there is none. Reads no further back; signatures are not looked at. */
export async function readLastRevision(
  repository: Repository,
  branch: string,
): Promise<Result<LastRevision | null, RepositoryProblem>> {
  for await (const batch of walkBatches(repository, refNames(branch).records, recordsFile)) {
    if (!batch.ok) return batch;
    const records = parseRecords(batch.value.content);
    if (!records.ok) return err(unreadable(batch.value.oid, records.error.join('; ')));
    const revision = records.value.findLast((record) => record.kind === 'revision');
    if (revision === undefined) continue;
    const manifest = parseManifest(Buffer.from(revision.manifest, 'utf8'));
    if (!manifest.ok) return err(unreadable(batch.value.oid, 'its manifest is none'));
    return ok({ commit: revision.commit, counter: manifest.value.counter });
  }
  return ok(null);
}

function unreadable(oid: string, why: string): RepositoryProblem {
  return problem('log-forged', `commit ${oid} of the log cannot be read: ${why}`);
}
