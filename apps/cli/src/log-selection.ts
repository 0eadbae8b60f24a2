// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isDigest } from '@fairlead/base';
import { readCommitInput } from '@fairlead/commits';
import { createCompiler } from '@fairlead/compiler';
import type { Repository } from '@fairlead/git';
import type { LogEntry } from '@fairlead/log';
import { required } from './repository.ts';
import { resolveCommit } from './resolve-commit.ts';
import type { LogContext } from './log-context.ts';

/** Those that tell of one device. */
export function ofDevice(entries: readonly LogEntry[], device: string): readonly LogEntry[] {
  return entries.filter((entry) =>
    entry.kind === 'receipt'
      ? entry.receipt.device === device
      : 'device' in entry.record && entry.record.device === device,
  );
}

/** A device by its id, or by the name that the newest revision's devices.json gives it. */
export async function findDevice(
  given: string,
  entries: readonly LogEntry[],
  { repository, branch, signal }: { repository: Repository; branch: string; signal: AbortSignal },
): Promise<string> {
  const id = given.toLowerCase();
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(id) || ofDevice(entries, id).length > 0) return id;
  const newest = entries.findLast((entry) => entry.kind === 'record' && entry.record.kind === 'revision');
  if (newest?.kind === 'record' && newest.record.kind === 'revision') {
    const input = required(await readCommitInput(repository, newest.record.commit, { branch, signal }));
    const compiled = await createCompiler().compile(input);
    if (compiled.kind === 'compiled')
      for (const [device, { name }] of compiled.devices) if (name === given) return device;
  }
  throw new FairleadError({
    code: 'not-in-fleet',
    message: `no device of the newest revision is called '${given}'`,
    hint: 'Name the id of the device, or the name that devices.json gives it.',
  });
}

/** From a time (RFC 3339, or a day), a revision's digest, or a commit that the log tells of; that entry included. */
export async function since(
  entries: readonly LogEntry[],
  start: string,
  { repository, context }: { readonly repository: Repository; readonly context: LogContext },
): Promise<readonly LogEntry[]> {
  if (/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(start)) {
    const time = Date.parse(start);
    if (!Number.isNaN(time)) return entries.filter(({ at }) => Date.parse(at) >= time);
  }
  const commit = isDigest(start) ? context.commits.get(start) : await resolveCommit(repository, start);
  const first = entries.findIndex(
    (entry) => entry.kind === 'record' && 'commit' in entry.record && entry.record.commit === commit,
  );
  if (first >= 0) return entries.slice(first);
  throw new FairleadError({
    code: 'misuse',
    message: `--since: the log tells nothing of ${commit ?? start}`,
    hint: 'Give a time such as 2026-05-31 or 2026-05-31T12:00:00Z, or a commit or revision that was deployed, refused or skipped.',
  });
}
