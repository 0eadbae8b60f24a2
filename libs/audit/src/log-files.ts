// SPDX-License-Identifier: Apache-2.0
import type { Commit } from '@fairlead/git';
import type { AuditSource } from './audit-source.ts';
import type { Findings, Place } from './finding.ts';

/** Largest file of one batch, in bytes; servers write none that is larger. */
const maxBytes = 64 * 2 ** 20;

/** The files of a commit of the log, by name. It must hold the first of `names`, and nothing beside `names`. */
export async function readLogFiles(
  { objects }: AuditSource,
  commit: Pick<Commit, 'tree'>,
  names: readonly string[],
  place: Place,
  findings: Findings,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const tree = await objects.tree(commit.tree);
  if (!tree.ok) {
    findings.error(tree.error.code, tree.error.message, place);
    return files;
  }
  for (const { name, oid, kind } of tree.value) {
    if (kind !== 'file' || !names.includes(name)) {
      findings.error('record-invalid', `the commit holds ${name}, which servers do not write there`, place);
      continue;
    }
    const blob = await objects.blob(oid, maxBytes);
    if (blob.ok) files.set(name, Buffer.from(blob.value).toString('utf8'));
    else findings.error(blob.error.code, blob.error.message, { ...place, file: name });
  }
  const [first = ''] = names;
  if (!tree.value.some(({ name }) => name === first))
    findings.error('record-invalid', `the commit holds no ${first}`, place);
  return files;
}
