// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { checkNamed } from './links.ts';
import { readMetadata } from './metadata.ts';
import { refusal, type TrustRefusal } from './refusal.ts';
import { readRoot } from './root.ts';
import type { SignedFile } from './sign-revision.ts';
import { checkSignatures } from './signatures.ts';
import { checkExpiry } from './trusted-time.ts';

/** What a targets file that was signed elsewhere must fit. */
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
