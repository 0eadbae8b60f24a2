// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { HeldTrust } from './held-trust.ts';
import { limits } from './limits.ts';
import type { MetadataFile, RoleName } from './metadata.ts';
import { refusal, type TrustRefusal } from './refusal.ts';
import { readRoot, trustedRootOf, type TrustedRoot } from './root.ts';
import { checkSignatures, keysOf } from './signatures.ts';

/** How far a walk came: what it accepted counts even where it ended in a refusal. */
export interface RootWalk {
  readonly held: HeldTrust;
  readonly end: Result<MetadataFile<'root'>, TrustRefusal>;
}

/** Walks from the root held to the newest, one version at a time (TUF 5.3.2–5.3.9). Expiry is not judged here. */
export function walkRoots(held: HeldTrust, roots: readonly Uint8Array[]): RootWalk {
  let walk: RootWalk = { held, end: readRoot(Buffer.from(held.root, 'utf8')) };
  if (roots.length > limits.roots)
    return { held, end: err(refusal('endless-data', `more than ${limits.roots} roots`)) };
  for (const bytes of roots) {
    if (!walk.end.ok) return walk;
    const trusted = walk.end.value;
    const next = checkSuccessor(trusted, bytes);
    if (!next.ok) return { held: walk.held, end: next };
    if (next.value !== trusted) walk = { held: replaceRoot(walk.held, trusted, next.value), end: next };
  }
  return walk;
}

/** The root that is trusted already passes when it is offered again. */
function checkSuccessor(
  trusted: MetadataFile<'root'>,
  bytes: Uint8Array,
): Result<MetadataFile<'root'>, TrustRefusal> {
  return Buffer.from(bytes).equals(trusted.bytes) ? ok(trusted) : checkNext(trusted, bytes);
}

/** TUF 5.3.3 to 5.3.5. */
function checkNext(
  trusted: MetadataFile<'root'>,
  bytes: Uint8Array,
): Result<MetadataFile<'root'>, TrustRefusal> {
  const next = readRoot(bytes);
  if (!next.ok) return next;
  for (const signers of [trusted, next.value]) {
    const unsigned = checkSignatures(signers, next.value); // TUF 5.3.4: against a root of someone else's making
    if (unsigned !== undefined) return err(unsigned);
  }
  if (next.value.version !== trusted.version + 1) {
    // TUF 5.3.5: against an older root, and against one that leaves out a rotation
    return err(refusal('rollback', `root version ${next.value.version} does not follow ${trusted.version}`));
  }
  return ok(next.value);
}

/**
 * Takes the new root and forgets what is held of each role of which it takes a key away (TUF 5.3.11): whoever stole that key may
 * have raised versions and counter as far as numbers go, and this is the way back from there.
 */
function replaceRoot(held: HeldTrust, old: MetadataFile<'root'>, next: MetadataFile<'root'>): HeldTrust {
  const replaced = (role: RoleName): boolean =>
    keysOf(old, role).some((id) => !keysOf(next, role).includes(id));
  return {
    ...held,
    root: next.text,
    timestamp: replaced('timestamp') ? null : held.timestamp,
    snapshot: replaced('snapshot') ? null : held.snapshot,
    targets: replaced('targets') ? null : held.targets,
    manifest: replaced('targets') ? null : held.manifest,
  };
}

/** Whether `next` is what every device that trusts `root` would take in its place; expiry is not judged. */
export function judgeSuccessor(root: Uint8Array, next: Uint8Array): Result<TrustedRoot, TrustRefusal> {
  const trusted = readRoot(root);
  if (!trusted.ok) return trusted;
  const judged = checkNext(trusted.value, next);
  return judged.ok ? ok(trustedRootOf(judged.value)) : judged;
}

/**
 * Takes the roots that follow the one held: what enrolment does before there is any other metadata. Expiry is not judged, since a
 * device may come with no clock; it is judged with the first update.
 */
export function acceptRoots(held: HeldTrust, roots: readonly Uint8Array[]): Result<HeldTrust, TrustRefusal> {
  const walk = walkRoots(held, roots);
  return walk.end.ok ? ok(walk.held) : walk.end;
}
