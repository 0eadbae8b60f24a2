// SPDX-License-Identifier: Apache-2.0
import { codeInfo, err, ok, sha256, type Digest, type Result } from '@fairlead/base';
import type { RepositoryProblem } from '@fairlead/git';
import { parseRecords, recordsFile } from '@fairlead/log';
import { limits } from '@fairlead/trust/verify';
import type { FoundRecords } from './audit-fleet.ts';
import type { AuditSource } from './audit-source.ts';
import { readCommitFile } from './commit-file.ts';
import { createFindings } from './finding.ts';
import { lineOf, readBatches } from './log-line.ts';

/** Root version 1 itself, or the fleet's id, which is its digest. */
export type FirstRoot =
  { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'fleet'; readonly fleet: Digest };

export interface WhereToLook {
  readonly repository: AuditSource;
  readonly branch: string;
  readonly signal: AbortSignal;
}

const path = 'trust/root/1.json';

/** The bytes of the first root. By its digest it is looked for where it must lie: in the first commit that became a revision. */
export async function findFirstRoot(
  root: FirstRoot,
  records: FoundRecords,
  { repository, branch, signal }: WhereToLook,
): Promise<Result<Uint8Array, RepositoryProblem>> {
  if (root.kind === 'bytes') return ok(root.bytes);
  for await (const commit of candidates(records, repository, branch, signal)) {
    const bytes = await readCommitFile(repository, commit, path, limits.root);
    if (bytes !== undefined && sha256(bytes) === root.fleet) return ok(bytes);
  }
  const message = `no recorded commit holds the ${path} that has the digest ${root.fleet}`;
  return err({ code: 'fleet-changed', message, hint: codeInfo('fleet-changed').hint });
}

async function* candidates(
  { log, head }: FoundRecords,
  repository: AuditSource,
  branch: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const findings = createFindings();
  const { oids } = await lineOf(log, { ref: '', head, until: null }, findings, signal);
  for await (const { files } of readBatches(log, '', { oids, files: [recordsFile] }, findings, signal)) {
    const records = parseRecords(files.get(recordsFile) ?? '');
    if (records.ok) for (const record of records.value) if (record.kind === 'revision') yield record.commit;
  }
  const tip = await repository.readRef(`refs/heads/${branch}`);
  if (tip.ok && tip.value !== null) yield tip.value;
}
