// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What can be wrong with that which a commit names and does not hold. */
export const referenceCodes = {
  'invalid-checksum': {
    summary: 'The checksum has the wrong form.',
    hint: 'Give 64 hexadecimal digits for sha256sum, 32 for md5sum.',
    explanation: 'A checksum of the wrong length can never match.',
    fault: 'program',
  },
  'lock-mismatch': {
    summary: 'The lock says otherwise than what is pinned.',
    hint: 'Correct what is pinned here, or take the lock anew with: fairlead lock',
    explanation:
      'A digest or size that a file gives itself must be that of the lock. fairlead lock resolves such an entry again, and refuses where what it finds is not what is pinned.',
    fault: 'program',
  },
  'lock-unused': {
    summary: 'Nothing refers to this entry of the lock.',
    hint: 'Run: fairlead lock, and commit fleet.lock.json',
    explanation: 'An entry that nothing hangs on looks as if it counted.',
    fault: 'program',
  },
  'pod-not-built': {
    summary: 'A group deploys a pod that has to be built first.',
    hint: "Run: fairlead pod build, then fairlead pod upload; and give the group the pod as 'name@tag' in place of the path.",
    explanation:
      'A commit holds the source of a program. What devices run is built once, and the lock says which bytes that are.',
    fault: 'program',
  },
  'reference-unlocked': {
    summary: 'A reference without SHA-256 or size may change its meaning.',
    hint: 'Run: fairlead lock, and commit fleet.lock.json; or give checksum (SHA-256) and size here.',
    explanation:
      'Every artifact in a target state has SHA-256 and size. Tags, branches and bare URLs are resolved once by fairlead lock, and mean the same until fairlead lock --update.',
    fault: 'program',
  },
  'weak-checksum': {
    summary: 'MD5 proves nothing.',
    hint: 'Add a SHA-256.',
    explanation: 'MD5 is checked too, never alone.',
    fault: 'program',
  },
} as const satisfies CodeTable;
