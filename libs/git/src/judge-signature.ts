// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import { parseAllowedSigners, parseRevokedSigners, type AllowedSigner } from './allowed-signers.ts';
import type { Commit } from './commit-object.ts';
import type { CommitPolicy } from './commit-policy.ts';
import { judgeOpenPgp } from './openpgp-signature.ts';
import { parseSshKey, sshKeyType } from './ssh-key.ts';
import { matchesPatternList } from './ssh-pattern.ts';
import { gitNamespace, isSshSignature, parseSshSignature } from './sshsig.ts';

/** Whether one of those whom a policy names signed a commit. */
export type SignatureVerdict =
  | {
      readonly kind: 'good';
      /** Whom the key belongs to by the policy. */
      readonly signer: string;
      /** Fingerprint of the key. */
      readonly key: string;
    }
  | { readonly kind: 'bad'; readonly code: Code; readonly message: string };

/**
 * As `git verify-commit` judges with these files: over the bytes of the commit without its signature, by the commit's own signature alone
 * (of a merge: the merge's), and by the committer's time, so that commits of before a key expired stay good. Whoever holds an expired key can
 * write any time: a stolen key is to be revoked. Unlike Git, a commit with several signatures is refused.
 */
export async function judgeSignature(commit: Commit, policy: CommitPolicy): Promise<SignatureVerdict> {
  const { signature } = commit;
  if (signature === null) return bad('commit-unsigned', 'it is not signed');
  if (signature.startsWith('-----BEGIN SSH SIGNATURE-----')) return judgeSsh(commit, signature, policy);
  if (signature.startsWith('-----BEGIN PGP ')) return judgeOpenPgp(commit, signature, policy.openPgpKeys);
  return bad('signature-unsupported', 'its signature is neither of SSH nor of OpenPGP');
}

function judgeSsh(commit: Commit, armoured: string, policy: CommitPolicy): SignatureVerdict {
  const parsed = parseSshSignature(armoured);
  if (parsed === undefined)
    return bad('signature-wrong', 'its signature is not one well-formed SSH signature');
  const key = parseSshKey(parsed.key);
  if (key === undefined) {
    const kind = sshKeyType(parsed.key) ?? '';
    return bad(
      'signature-unsupported',
      `its SSH signature is by a key of the kind '${kind}', which is not read`,
    );
  }
  if (!isSshSignature(commit.payload, parsed, key))
    return bad('signature-wrong', `its signature by ${key.fingerprint} is not over what it holds`);
  const isTheKey = (other: { readonly blob: Buffer }): boolean => other.blob.equals(key.blob);
  if (parseRevokedSigners(policy.revokedSigners ?? '').entries.some(isTheKey))
    return bad('signer-revoked', `${key.fingerprint}, which signed it, is revoked`);
  const lines = parseAllowedSigners(policy.allowedSigners ?? '').entries.filter((line) => isTheKey(line.key));
  const line = lines.find((each) => isForCommits(each, lines));
  if (line === undefined)
    return bad(
      'signer-unknown',
      `${key.fingerprint}, which signed it, is not among those who may sign commits`,
    );
  const usable = lines.find((each) => isForCommits(each, lines) && isInTime(each, commit.committed));
  if (usable === undefined)
    return bad(
      'signer-not-valid',
      `${key.fingerprint}, which signed it, was not valid at ${utc(commit.committed)}`,
    );
  return { kind: 'good', signer: usable.principals, key: key.fingerprint };
}

/**
 * Git asks `ssh-keygen` whose the key is, which answers from the first line that holds it, and then whether one of these may sign. So a
 * second line of the key counts where it is for one whom the first names too.
 */
function isForCommits(line: AllowedSigner, lines: readonly AllowedSigner[]): boolean {
  const found = lines[0]?.principals.split(',') ?? [];
  if (!found.some((principal) => matchesPatternList(principal, line.principals))) return false;
  return line.namespaces === null || matchesPatternList(gitNamespace, line.namespaces);
}

function isInTime({ validAfter, validBefore }: AllowedSigner, seconds: number): boolean {
  return (validAfter === null || seconds >= validAfter) && (validBefore === null || seconds <= validBefore);
}

function utc(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `second ${String(seconds)}` : date.toISOString();
}

function bad(code: Code, message: string): SignatureVerdict {
  return { kind: 'bad', code, message };
}
