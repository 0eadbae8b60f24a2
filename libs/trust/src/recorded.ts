// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { checkLink, checkNamed } from './links.ts';
import { readMetadata } from './metadata.ts';
import type { TrustRefusal } from './refusal.ts';
import { readRoot } from './root.ts';
import type { SignedFile, SignedRevision } from './sign-revision.ts';
import { checkSignatures } from './signatures.ts';

/** What stands in the log for one revision: exact bytes. */
export interface RecordedFiles {
  readonly manifest: Uint8Array;
  readonly targets: Uint8Array;
  readonly snapshot: Uint8Array;
  readonly timestamp: Uint8Array;
}

/**
 * Checks what another replica, or this server before a restart, has recorded: signed by the keys of `root`, and each file naming the
 * next. Expiry is not judged: an old record stays true.
 */
export function verifyRecorded(root: Uint8Array, files: RecordedFiles): Result<SignedRevision, TrustRefusal> {
  const trusted = readRoot(root);
  if (!trusted.ok) return trusted;
  const timestamp = readMetadata('timestamp', files.timestamp);
  if (!timestamp.ok) return timestamp;
  const snapshot = readMetadata('snapshot', files.snapshot);
  if (!snapshot.ok) return snapshot;
  const targets = readMetadata('targets', files.targets);
  if (!targets.ok) return targets;
  const bad =
    checkSignatures(trusted.value, timestamp.value) ??
    checkSignatures(trusted.value, snapshot.value) ??
    checkSignatures(trusted.value, targets.value) ??
    checkLink(timestamp.value, snapshot.value) ??
    checkLink(snapshot.value, targets.value) ??
    checkNamed(targets.value, files.manifest);
  if (bad !== undefined) return err(bad);
  return ok({
    timestamp: signedFile(timestamp.value),
    snapshot: signedFile(snapshot.value),
    targets: signedFile(targets.value),
  });
}

function signedFile({ version, bytes, expires }: SignedFile): SignedFile {
  return { version, bytes, expires };
}
