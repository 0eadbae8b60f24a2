// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What can be wrong with the fleet repository, a commit in it, or the fleet log. */
export const repositoryCodes = {
  'branch-missing': {
    summary: 'The watched branch does not exist.',
    hint: 'Push the branch, or name another one with --branch.',
    explanation: 'The server stays up and looks again.',
    fault: 'program',
  },
  'compiler-mismatch': {
    summary: 'A recorded commit compiles to another digest now.',
    hint: 'Run the release that recorded it, and report this.',
    explanation: 'One commit means the same bytes on every machine; if not, offering stops and devices stay.',
    fault: 'program',
  },
  'edition-unknown': {
    summary: 'The commit asks for an edition that this release does not have.',
    hint: 'Update the server, or lower edition in fleet.json.',
    explanation: 'An edition fixes every byte that the compiler makes.',
    fault: 'program',
  },
  'history-rewritten': {
    summary: 'The branch does not descend from the last recorded commit.',
    hint: 'Push a commit that descends from it: merge the recorded commit back in.',
    explanation:
      'A rewritten history is refused and reported, never followed silently. The recorded commit is kept: refs/fairlead/recorded means it (with -<branch> for another branch than main).',
    fault: 'program',
  },
  'log-behind': {
    summary: 'A device holds newer metadata than the newest record: the log was cut or restored.',
    hint: 'Push the missing commits of refs/fairlead/revisions back from a clone that has them.',
    explanation:
      'The metadata that a device holds was signed with our keys, so a record of it must exist. Without it, versions would be signed twice.',
    fault: 'program',
  },
  'log-forged': {
    summary: 'A commit in the fleet log does not carry our signature.',
    hint: 'Find out who wrote to refs/fairlead/revisions and restore it.',
    explanation: 'A log commit without our signature is not believed, and the log stops there.',
    fault: 'program',
  },
  'log-unwritable': {
    summary: 'The fleet log cannot be written.',
    hint: 'Check permissions and free space of the repository.',
    explanation: 'Nothing is offered that is not recorded; devices keep their receipts.',
    fault: 'program',
  },
  'object-corrupt': {
    summary: 'An object of the repository cannot be read.',
    hint: 'Run: git fsck, then push the missing objects again.',
    explanation: 'The server stays up and looks again.',
    fault: 'program',
  },
  'ref-contended': {
    summary: 'Another writer changed the reference at the same time.',
    hint: 'Nothing to do: it is tried again.',
    explanation: 'References change by compare-and-swap.',
    fault: 'program',
  },
  'repository-empty': {
    summary: 'The repository has no commit yet.',
    hint: 'Push a first commit.',
    explanation: 'The server stays up and looks again.',
    fault: 'program',
  },
  'repository-missing': {
    summary: 'There is no Git repository at this place.',
    hint: 'Check the path, or run: git init --bare',
    explanation: 'The server stays up and looks again.',
    fault: 'program',
  },
  'repository-unreadable': {
    summary: 'The repository cannot be read.',
    hint: 'Check the permissions of its folder.',
    explanation: 'The server stays up and looks again.',
    fault: 'program',
  },
  'repository-unsupported': {
    summary: 'The repository has a form that Fairlead does not read.',
    hint: 'Use a repository with SHA-1 objects and file references, without alternates, replacements or grafts.',
    explanation: 'Reading such a repository wrongly would be worse than not reading it.',
    fault: 'program',
  },
  'shallow-clone': {
    summary: 'The repository is a shallow clone.',
    hint: 'Deepen it with: git fetch --unshallow',
    explanation: 'Ancestry and counters need the whole history.',
    fault: 'program',
  },
  skipped: {
    summary: 'A newer commit arrived together with this one and was applied instead.',
    hint: 'Nothing to do.',
    explanation: 'Commits that arrive together are each recorded; the newest is applied.',
    fault: 'program',
  },
  starting: {
    summary: 'The server has not looked at its repository yet.',
    hint: 'Wait a moment.',
    explanation: 'It is ready when it offers what the log of the repository holds.',
    fault: 'program',
  },
} as const satisfies CodeTable;
