// SPDX-License-Identifier: Apache-2.0
import { ok, type Code, type Result } from '@fairlead/base';
import { policyProblems, readCommitPolicy, type PolicyProblem } from './commit-policy.ts';
import { judgeSignature, type SignatureVerdict } from './judge-signature.ts';
import type { ObjectReader } from './object-reader.ts';
import type { RepositoryProblem } from './problem.ts';

/** Whether a commit may deploy, by who signed it. */
export type PolicyVerdict =
  /** No policy is in force. */
  | { readonly kind: 'free' }
  | SignatureVerdict
  /** The policy that the commit itself brings could not be met by any later commit. */
  | {
      readonly kind: 'malformed';
      readonly code: Code;
      readonly message: string;
      readonly problems: readonly PolicyProblem[];
    };

/**
 * Judges a commit by the policy of `deployed`, the last commit that became a revision, or by its own where there is none: what was refused
 * or skipped since does not count, or a stranger would first push himself into the files and then sign.
 */
export async function judgePolicy(
  objects: ObjectReader,
  commit: string,
  deployed: string | null,
): Promise<Result<PolicyVerdict, RepositoryProblem>> {
  const own = await readCommitPolicy(objects, commit);
  if (!own.ok) return own;
  const inForce = deployed === null ? own : await readCommitPolicy(objects, deployed);
  if (!inForce.ok) return inForce;
  let verdict: PolicyVerdict = { kind: 'free' };
  if (inForce.value !== null) {
    const read = await objects.commit(commit);
    if (!read.ok) return read;
    verdict = await judgeSignature(read.value, inForce.value);
  }
  if (verdict.kind === 'bad' || own.value === null) return ok(verdict);
  const problems = await policyProblems(own.value);
  if (problems.length === 0) return ok(verdict);
  const [{ file, line, message } = { file: '', line: 1, message: '' }] = problems;
  return ok({
    kind: 'malformed',
    code: 'signers-malformed',
    message: `${file}:${String(line)}: ${message}`,
    problems,
  });
}
