// SPDX-License-Identifier: Apache-2.0
import {
  disagreement,
  formatImageReference,
  join,
  lockKey,
  lockPath,
  parseImageReference,
  type LockedBranch,
  type LockedContent,
  type LockedPod,
  type LockEntries,
  type LockReference,
  type LockSection,
  type Pins,
} from '@fairlead/spec';
import { isDeepStrictEqual } from 'node:util';
import type { Findings, Source } from '../findings.ts';
import { isSameLock, lookUp, type CommitLock, type LockAnswer } from './commit-lock.ts';

/** A reference that hangs on the lock, and the place that names it. */
export interface LockUse extends Source {
  readonly reference: LockReference;
  readonly pins: Pins;
}

/** An image by digest. */
interface LockedImage extends LockedContent {
  /** `registry/repository@digest`. */
  readonly reference: string;
}

/**
 * What mutable references mean, for one compilation. What is not locked is a finding at `source`, and undefined. The view remembers
 * what was asked: for `fairlead lock`, and to tell whether another lock would have answered alike.
 */
export interface LockView {
  /** `written` as people write it. One with a digest is looked up too, for its size. */
  image(written: string, source: Source, findings: Findings): LockedImage | undefined;
  /**
   * A download. With SHA-256 and size among the pins it needs no lock. `lacks`: places that would have pinned it; where one of them
   * could not be read, that has been said already.
   */
  file(
    url: string,
    pins: Pins,
    source: Source,
    findings: Findings,
    lacks?: readonly Source[],
  ): LockedContent | undefined;
  /** `branch` without `refs/heads/`. */
  branch(repository: string, branch: string, source: Source, findings: Findings): LockedBranch | undefined;
  /** `name@tag`, `name#revision` or an id. */
  pod(reference: string, source: Source, findings: Findings): LockedPod | undefined;
  /** Every reference that needs the lock, as often as it was asked for. */
  readonly uses: readonly LockUse[];
  /** Whether every question would have the same answer there. */
  agreesWith(lock: CommitLock): boolean;
}

const toLock = 'Run: fairlead lock, and commit fleet.lock.json.';
const podToLock = 'This release locks no pods: name the file of its specification, as in ./pods/x.yaml.';

/** What people are told where a reference is not locked. */
interface Unlocked {
  readonly what: string;
  /** Absent: that of the code. */
  readonly hint?: string;
  readonly lacks?: readonly Source[];
}

export function createLockView(lock: CommitLock): LockView {
  const uses: LockUse[] = [];
  let agreed = lock;
  const asked: { readonly section: LockSection; readonly key: string; readonly answer: unknown }[] = [];

  const ask = <S extends LockSection>(section: S, key: string): LockAnswer<S> => {
    const answer = lookUp(lock, section, key);
    asked.push({ section, key, answer });
    return answer;
  };

  const find = <S extends LockSection>(
    section: S,
    use: LockUse,
    findings: Findings,
    said: Unlocked,
  ): LockEntries[S] | undefined => {
    const { key } = lockKey(use.reference);
    // Of what is not filled in, something else is wrong, and said elsewhere.
    if (isTemplate(key)) return undefined;
    uses.push(use);
    const answer = ask(section, key);
    if (typeof answer === 'object') return answer;
    if (answer === 'missing') {
      findings.add(use, '', {
        code: 'reference-unlocked',
        message: said.what,
        ...(said.hint === undefined ? {} : { hint: said.hint }),
        ...(said.lacks === undefined ? {} : { lacks: said.lacks }),
      });
    }
    return undefined;
  };

  return {
    uses,
    image(written, source, findings) {
      if (isTemplate(written)) return undefined;
      const parsed = parseImageReference(written);
      if (!parsed.ok) {
        findings.add(source, '', {
          code: 'invalid-value',
          message: `'${written}' is no image reference: ${parsed.error}`,
          hint: 'Write it like registry.example.org/team/app:1.2',
        });
        return undefined;
      }
      const { version } = parsed.value;
      const reference = formatImageReference(parsed.value);
      const use: LockUse = {
        ...source,
        reference: { kind: 'image', reference },
        pins: version.kind === 'digest' ? { digest: version.digest } : {},
      };
      const found = find('images', use, findings, {
        what: `the image ${reference} is not locked`,
        hint: toLock,
      });
      if (found === undefined || !agrees(use, found, findings)) return undefined;
      const { digest, size } = found;
      const pinned = { ...parsed.value, version: { kind: 'digest', digest } } as const;
      return { digest, size, reference: formatImageReference(pinned) };
    },
    file(url, pins, source, findings, lacks) {
      const use: LockUse = { ...source, reference: { kind: 'file', url }, pins };
      const { digest, size } = pins;
      if (digest !== undefined && size !== undefined) {
        const known = ask('files', url);
        return typeof known === 'string' || agrees(use, known, findings) ? { digest, size } : undefined;
      }
      const missing = [...(digest === undefined ? ['SHA-256'] : []), ...(size === undefined ? ['size'] : [])];
      const found = find('files', use, findings, {
        what: `${url} has no ${missing.join(' and no ')}`,
        ...(lacks === undefined ? {} : { lacks }),
      });
      return found !== undefined && agrees(use, found, findings) ? found : undefined;
    },
    branch: (repository, branch, source, findings) =>
      find('branches', { ...source, reference: { kind: 'branch', repository, branch }, pins: {} }, findings, {
        what: `the branch '${branch}' of ${repository} is not locked`,
        hint: toLock,
      }),
    pod: (reference, source, findings) =>
      find('pods', { ...source, reference: { kind: 'pod', reference }, pins: {} }, findings, {
        what: `the pod '${reference}' is not locked`,
        hint: podToLock,
      }),
    agreesWith(other) {
      // Asked for each device of a commit, of which all have one lock, and most commits leave it as it is.
      const same =
        isSameLock(other, agreed) ||
        asked.every(({ section, key, answer }) => isDeepStrictEqual(lookUp(other, section, key), answer));
      if (same) agreed = other;
      return same;
    },
  };
}

function isTemplate(text: string): boolean {
  return text.includes('{{');
}

/** Two digests or sizes for one reference: one of them is wrong, or old. */
function agrees(use: LockUse, found: LockedContent, findings: Findings): boolean {
  const other = disagreement(use.pins, found);
  if (other === undefined) return true;
  const { section, key } = lockKey(use.reference);
  findings.add(use, '', {
    code: 'lock-mismatch',
    message: `${key} is pinned here otherwise than locked: the lock says ${other}`,
    other: { file: lockPath, pointer: join('', section, key) },
  });
  return false;
}
