// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Code, type Result } from '@fairlead/base';
import { countersign } from './countersign.ts';
import type { Ed25519Signer } from './ed25519-signer.ts';
import { checkNamed } from './links.ts';
import { readMetadata, type MetadataFile } from './metadata.ts';
import { refusal, type TrustRefusal } from './refusal.ts';
import { readRoot, trustedRootOf } from './root.ts';
import { lifetimes, signTargets, type SignedFile } from './sign-revision.ts';
import { checkSignatures, countSignatures } from './signatures.ts';
import { checkExpiry } from './trusted-time.ts';

/** What a targets file that is signed away from the server must fit. */
export interface ReleaseExpectation {
  /** Bytes of the newest root: whose signatures count, and how many it takes. */
  readonly root: Uint8Array;
  readonly manifest: Uint8Array;
  /** Version of the targets file that is recorded; 0 where none is. */
  readonly above: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Judges targets metadata that holders of release keys signed on machines of their own. It must name this very manifest, be newer than
 * what is recorded, and carry enough signatures: so neither a stranger's signature counts, nor that of another commit, nor an old one.
 */
export function judgeRelease(
  bytes: Uint8Array,
  { root, manifest, above, now }: ReleaseExpectation,
): Result<SignedFile, TrustRefusal> {
  const trusted = readRoot(root);
  if (!trusted.ok) return trusted;
  const targets = readMetadata('targets', bytes);
  if (!targets.ok) return targets;
  const { version, expires } = targets.value;
  const bad =
    checkNamed(targets.value, manifest) ??
    (version > above
      ? undefined
      : refusal('rollback', `targets version ${version} is not above ${above}, which is recorded`)) ??
    checkExpiry(targets.value, now) ??
    checkSignatures(trusted.value, targets.value);
  return bad === undefined ? ok({ version, expires, bytes }) : err(bad);
}

/** Targets metadata as far as it is signed by now. */
export interface ReleaseDraft extends SignedFile {
  /** Valid ones, of keys that the root lists. */
  readonly signatures: number;
  readonly threshold: number;
}

/**
 * Signs a release as one of its holders. What another holder signed before is signed along, so that the signatures add up; but only
 * if it is the next version and no longer valid than ours would be, since nobody's numbers are taken on trust. Otherwise, and where
 * there is none, it is written anew. `keys-not-listed`: the root does not list this key.
 */
export function signRelease(
  before: Uint8Array | undefined,
  { signer, ...terms }: ReleaseExpectation & { readonly signer: Ed25519Signer },
): Result<ReleaseDraft, { readonly code: Code; readonly message: string }> {
  const trusted = readRoot(terms.root);
  if (!trusted.ok) return trusted;
  const { keys, threshold } = trustedRootOf(trusted.value).roles.targets;
  if (!keys.some(({ id }) => id === signer.keyId)) {
    const message = `key ${signer.keyId} is no release key of root version ${trusted.value.version}`;
    return err({ code: 'keys-not-listed', message });
  }
  const added =
    before !== undefined && isNextOf(before, trusted.value, terms)
      ? countersign('targets', before, [signer])
      : ok(signTargets([signer], terms.above + 1, terms.manifest, terms.now).bytes);
  if (!added.ok) return added;
  const file = readMetadata('targets', added.value);
  if (!file.ok) return file;
  const { version, expires, bytes } = file.value;
  return ok({ version, expires, bytes, threshold, signatures: countSignatures(trusted.value, file.value) });
}

function isNextOf(
  bytes: Uint8Array,
  root: MetadataFile<'root'>,
  { manifest, above, now }: ReleaseExpectation,
): boolean {
  const file = readMetadata('targets', bytes);
  return (
    file.ok &&
    checkNamed(file.value, manifest) === undefined &&
    file.value.version === above + 1 &&
    file.value.expires > now &&
    file.value.expires <= now + lifetimes.targets &&
    countSignatures(root, file.value) > 0
  );
}
