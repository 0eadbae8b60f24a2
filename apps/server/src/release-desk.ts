// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Clock, type Result } from '@fairlead/base';
import type { Compiled } from '@fairlead/compiler';
import type { Repository } from '@fairlead/git';
import { readReleaseSignature, releaseRef } from '@fairlead/log';
import { countersign, judgeRelease, type Ed25519Signer, type SignedFile } from '@fairlead/trust/sign';
import { problemOf, type ServerProblem } from './problems.ts';
import type { KnownRoot } from './root-book.ts';

/** What a release is judged by. */
interface ReleaseTerms {
  readonly root: KnownRoot;
  /** Release keys that this server holds itself. */
  readonly own: readonly Ed25519Signer[];
  /** Version of the targets metadata that is recorded. */
  readonly above: number;
}

type Compilation = Pick<Compiled, 'revision' | 'manifest' | 'manifestBytes'>;

/** Looks for what holders of release keys signed on machines of their own. */
export interface ReleaseDesk {
  /**
   * The targets metadata of a new revision; undefined where this server holds keys enough to sign it itself. A problem
   * (`awaiting-release-signature`) where others have to and have not.
   */
  need(compiled: Compilation, terms: ReleaseTerms): Promise<Result<SignedFile | undefined, ServerProblem>>;
  /** What others signed and was not recorded yet. */
  find(compiled: Compilation, terms: ReleaseTerms): Promise<Result<SignedFile | undefined, ServerProblem>>;
}

export function createReleaseDesk(
  repository: Pick<Repository, 'readRef' | 'objects'>,
  clock: Clock,
): ReleaseDesk {
  const find: ReleaseDesk['find'] = async ({ revision, manifestBytes }, { root, own, above }) => {
    if (own.length >= root.roles.targets.threshold) return ok(undefined);
    const found = await readReleaseSignature(repository, revision);
    if (!found.ok) return found;
    if (found.value === undefined) return ok(undefined);
    // Of m holders this server may be one.
    const signed = countersign('targets', found.value.targets, own);
    if (!signed.ok) return signed;
    return judgeRelease(signed.value, { root: root.bytes, manifest: manifestBytes, above, now: clock.now() });
  };

  return {
    find,
    async need(compiled, terms) {
      const { threshold, keys } = terms.root.roles.targets;
      const found = await find(compiled, terms);
      if (found.ok && (found.value !== undefined || terms.own.length >= threshold)) return found;
      const missing = threshold - terms.own.length;
      const { commit } = compiled.manifest;
      const why = found.ok
        ? `${missing} of ${keys.length} release keys must sign it`
        : `what ${releaseRef(compiled.revision)} holds does not count: [${found.error.code}] ${found.error.message}`;
      return err(problemOf('awaiting-release-signature', `commit ${commit} waits: ${why}`));
    },
  };
}
