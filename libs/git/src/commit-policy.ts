// SPDX-License-Identifier: Apache-2.0
import { ok, type Result } from '@fairlead/base';
import type { ObjectReader } from './object-reader.ts';
import { parseAllowedSigners, parseRevokedSigners, type SignersProblem } from './allowed-signers.ts';
import { openPgpProblem } from './openpgp-signature.ts';
import type { RepositoryProblem } from './problem.ts';

/** The files by which a commit says who may sign those after it: their texts, null where there is none. */
export interface CommitPolicy {
  /** SSH: OpenSSH's allowed signers file. */
  readonly allowedSigners: string | null;
  /** OpenPGP: armoured public keys, as `gpg --armor --export` writes them. */
  readonly openPgpKeys: string | null;
  /** SSH keys that count no more, whatever the other file says. */
  readonly revokedSigners: string | null;
}

export const policyFiles = {
  allowedSigners: 'trust/allowed_signers',
  openPgpKeys: 'trust/allowed_signers.asc',
  revokedSigners: 'trust/revoked_signers',
} as const satisfies Record<keyof CommitPolicy, string>;

/** In bytes; a key is a few hundred. */
const maxFileSize = 2 ** 20;
/** Stands for what is too large, or no file at all: no line of it is understood. */
const unread = 'unread';

/** Null where a commit names nobody: then anyone may sign the next, or nobody. */
export async function readCommitPolicy(
  objects: ObjectReader,
  commit: string,
): Promise<Result<CommitPolicy | null, RepositoryProblem>> {
  const read = await objects.commit(commit);
  if (!read.ok) return read;
  const root = await objects.tree(read.value.tree);
  if (!root.ok) return root;
  const folder = root.value.find(({ name, kind }) => name === 'trust' && kind === 'tree');
  if (folder === undefined) return ok(null);
  const entries = await objects.tree(folder.oid);
  if (!entries.ok) return entries;
  const texts: Record<keyof CommitPolicy, string | null> = {
    allowedSigners: null,
    openPgpKeys: null,
    revokedSigners: null,
  };
  for (const [field, path] of Object.entries(policyFiles) as [keyof CommitPolicy, string][]) {
    const entry = entries.value.find(({ name }) => `trust/${name}` === path);
    if (entry === undefined) continue;
    if (entry.kind !== 'file') {
      texts[field] = unread;
      continue;
    }
    const blob = await objects.blob(entry.oid, maxFileSize);
    if (blob.ok) texts[field] = Buffer.from(blob.value).toString('utf8');
    else if (blob.error.code === 'file-too-large') texts[field] = unread;
    else return blob;
  }
  return ok(texts.allowedSigners === null && texts.openPgpKeys === null ? null : texts);
}

/** A problem of one of the files. */
export type PolicyProblem = SignersProblem & { readonly file: string };

/** What is wrong with a policy itself: with it in force, some or all who should sign could not. */
export async function policyProblems(policy: CommitPolicy): Promise<readonly PolicyProblem[]> {
  const allowed = parseAllowedSigners(policy.allowedSigners ?? '');
  const revoked = parseRevokedSigners(policy.revokedSigners ?? '');
  const keyring = policy.openPgpKeys === null ? undefined : await openPgpProblem(policy.openPgpKeys);
  const found = [
    ...allowed.problems.map((problem) => ({ file: policyFiles.allowedSigners, ...problem })),
    ...revoked.problems.map((problem) => ({ file: policyFiles.revokedSigners, ...problem })),
    ...(keyring === undefined ? [] : [{ file: policyFiles.openPgpKeys, line: 1, message: keyring }]),
  ];
  const names = new Set(revoked.entries.map(({ fingerprint }) => fingerprint));
  const isNobodyLeft = allowed.entries.every(({ key }) => names.has(key.fingerprint));
  if (found.length > 0 || !isNobodyLeft || policy.openPgpKeys !== null) return found;
  const message = 'it leaves nobody who could sign; remove it where anyone may';
  return [{ file: policyFiles.allowedSigners, line: 1, message }];
}
