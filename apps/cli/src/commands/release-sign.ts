// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { readCommitInput } from '@fairlead/commits';
import { createCompiler, type Compiled } from '@fairlead/compiler';
import type { Repository } from '@fairlead/git';
import {
  readLastRevision,
  readReleaseSignature,
  releaseRef,
  writeReleaseSignature,
  type LastRevision,
} from '@fairlead/log';
import {
  defineCommand,
  exitCode,
  optionalText,
  requiredText,
  systemClock,
  textWithDefault,
} from '@fairlead/program';
import { signRelease } from '@fairlead/trust/sign';
import { checkCounter } from '../check-counter.ts';
import { commitAnswer } from '../diagnostics/commit-answer.ts';
import { readSigner } from '../key-files.ts';
import { required, requireRepository } from '../repository.ts';
import { resolveCommit } from '../resolve-commit.ts';
import { fetchFleetRefs, runGit } from '../run-git.ts';

export const releaseSignCommand = defineCommand({
  name: 'release sign',
  summary:
    'Compile a commit on this machine and sign what it means with a release key that no server holds. Again before it expires.',
  examples: [
    'fairlead release sign main --repo ~/fleet --key release.pem --remote origin',
    'fairlead release sign HEAD --key /media/token/release.pem',
  ],
  args: '<commit>',
  flags: {
    repo: textWithDefault('--repo <path>', 'the fleet repository', '.'),
    key: requiredText('--key <file>', 'the private release key'),
    branch: textWithDefault(
      '--branch <name>',
      'the branch that is deployed; it is part of the revision',
      'main',
    ),
    remote: optionalText(
      '--remote <name>',
      'fetch log and signatures from there first, and push the signature to it',
    ),
  },
  async run({ flags, args: [revision = 'HEAD'] }, context) {
    const { repo, branch, remote } = flags;
    if (remote !== undefined) await fetchFleetRefs(repo, remote);
    const repository = await requireRepository(repo);
    const signer = await readSigner(flags.key);
    const commit = await resolveCommit(repository, revision);
    const source = { branch, signal: context.signal };
    const input = required(await readCommitInput(repository, commit, source));
    const compiled = await createCompiler().compile(input);
    const found =
      compiled.kind === 'compiled'
        ? await checkCounter(repository, branch, compiled, commit)
        : compiled.diagnostics;
    if (compiled.kind === 'refused' || found.length > 0) {
      await context.answer(await commitAnswer(context, input, found));
      return exitCode.no;
    }
    const last = required(await readLastRevision(repository, branch));
    refuseMismatch(compiled, last);
    const before = required(await readReleaseSignature(repository, compiled.revision));
    const signed = signRelease(before?.targets, {
      root: compiled.roots.at(-1) ?? new Uint8Array(),
      manifest: compiled.manifestBytes,
      above: last?.targetsVersion ?? 0,
      now: systemClock.now(),
      signer,
    });
    if (!signed.ok) throw new FairleadError(signed.error);
    await store(repository, compiled, signed.value.bytes, {
      before: before?.oid ?? null,
      message: `Sign commit ${commit}\n\nKey ${signer.keyId}\n`,
      signal: context.signal,
    });
    const ref = releaseRef(compiled.revision);
    if (remote !== undefined) await runGit(repo, 'push', '--quiet', remote, `${ref}:${ref}`);
    const { version, expires, signatures, threshold } = signed.value;
    await context.answer({
      json: {
        commit,
        revision: compiled.revision,
        counter: compiled.manifest.counter,
        ref,
        version,
        expires: new Date(expires).toISOString(),
        signatures,
        threshold,
        complete: signatures >= threshold,
      },
      text: [
        `commit      ${commit}`,
        `revision    ${compiled.revision}`,
        `signatures  ${String(signatures)} of ${String(threshold)}, until ${new Date(expires).toISOString()}`,
        '',
        remote === undefined
          ? `It lies at ${ref}; push that where the server looks.`
          : `Pushed to ${remote}.`,
      ].join('\n'),
    });
    return exitCode.done;
  },
});

/** What the server recorded for the same commit must be what this machine makes of it. */
function refuseMismatch({ manifest, manifestBytes, revision }: Compiled, last: LastRevision | null): void {
  if (last?.commit !== manifest.commit || last.manifest === Buffer.from(manifestBytes).toString('utf8'))
    return;
  throw new FairleadError({
    code: 'compiler-mismatch',
    message: `commit ${manifest.commit} compiles to ${revision} here, which is not what the server recorded`,
  });
}

async function store(
  repository: Repository,
  { revision }: Compiled,
  targets: Uint8Array,
  how: { readonly before: string | null; readonly message: string; readonly signal: AbortSignal },
): Promise<void> {
  required(await writeReleaseSignature(repository, revision, targets, { ...how, clock: systemClock }));
}
