// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What can be wrong with the fleet repository, a commit in it, or the fleet log. */
export const repositoryCodes = {
  'awaiting-release-signature': {
    summary: 'A commit waits for a signature of the release key, which this server does not hold.',
    hint: 'Whoever holds the key runs: fairlead release sign <commit> --repo <clone> --key <targets.pem>',
    explanation:
      'The root may give the role targets to keys that no server reaches. What was deployed runs on; nothing new is offered before enough of them have signed.',
    fault: 'program',
  },
  'branch-missing': {
    summary: 'The watched branch does not exist.',
    hint: 'Push the branch, or name another one with --branch.',
    explanation: 'The server stays up and looks again.',
    fault: 'program',
  },
  'commit-unsigned': {
    summary: 'The commit is not signed, and the fleet takes only signed ones.',
    hint: 'Sign it: git commit --amend -S, or put a signed commit on top: git commit --allow-empty -S.',
    explanation:
      'Where the last deployed commit holds trust/allowed_signers or trust/allowed_signers.asc, only commits that are signed by one of them deploy. The head commit counts: of a merge, the signature of the merge commit.',
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
    hint: 'Push a commit that descends from it: merge the recorded commit back in. Or say that the rewrite is meant: fairlead history accept --repo <clone>',
    explanation:
      'A rewritten history is refused and reported, never followed silently. The recorded commit is kept: refs/fairlead/recorded means it (with -<branch> for another branch than main).',
    fault: 'program',
  },
  'history-unchanged': {
    summary: 'The branch descends from the last recorded commit: there is nothing to accept.',
    hint: 'Nothing to do: push it as it is.',
    explanation: 'Only a history that was rewritten has to say what it replaces.',
    fault: 'program',
  },
  'log-behind': {
    summary: 'A device holds newer metadata than the newest record: the log was cut or restored.',
    hint: 'Bring the missing records back: fairlead log adopt --from <clone>. Where none has them: fairlead log adopt --above <version>',
    explanation:
      'The metadata that a device holds was signed with our keys, so a record of it must exist. Without it, versions would be signed twice: until an operator adopts what stands there, nothing is signed, offered, enrolled or renewed.',
    fault: 'program',
  },
  'log-forged': {
    summary: 'A commit in the fleet log does not carry our signature.',
    hint: 'Find out who wrote to refs/fairlead; then move the reference back, or run: fairlead log adopt',
    explanation:
      'A log commit without our signature is not believed, and the log stops there: nothing is signed on top of it. fairlead log adopt goes on from the last commit that is believed, and names the one it left behind.',
    fault: 'program',
  },
  'log-large': {
    summary: 'Receipts make the fleet repository large.',
    hint: 'Give them a repository of their own: fairlead-server --log <path|url>',
    explanation:
      'Every full clone of the fleet brings its receipts along. Each device goes on from its place: what is there stays where it is, what is new goes to the other repository.',
    fault: 'program',
  },
  'log-missing': {
    summary: 'The repository holds no fleet log.',
    hint: "Fetch it: git fetch <remote> '+refs/fairlead/*:refs/fairlead/*', or name the remote with --remote.",
    explanation: 'A clone does not bring the references of the fleet log by itself.',
    fault: 'program',
  },
  'log-unwritable': {
    summary: 'The fleet log cannot be written.',
    hint: 'Check permissions and free space of the repository.',
    explanation: 'Nothing is offered that is not recorded; devices keep their receipts.',
    fault: 'program',
  },
  'merge-conflict': {
    summary: 'Two commits cannot be merged without a person.',
    hint: 'Merge the base into the branch, or rebase the branch onto it, and plan again.',
    explanation:
      'What a merge would deploy is planned from the merged tree. Where both sides changed the same place there is none until somebody decides. Without an installed git of version 2.38 or newer, files are merged as a whole.',
    fault: 'program',
  },
  'nothing-to-adopt': {
    summary: 'The clone holds no record that is missing from the log.',
    hint: 'Name another clone, or go on above what devices hold: fairlead log adopt --above <version>',
    explanation: 'Only records with our signature count, so what others wrote into the clone is none.',
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
  'release-signature-expires': {
    summary: 'The release signature of what is deployed expires soon.',
    hint: 'Whoever holds the key signs the same commit again: fairlead release sign <commit> --repo <clone> --key <targets.pem>',
    explanation:
      'Signed targets live for 90 days and should be renewed after 60. Once they have expired, devices take nothing new; what runs goes on.',
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
  'signature-unsupported': {
    summary: 'The signature of the commit is of a kind that this program does not read.',
    hint: 'Sign with a plain SSH key; for OpenPGP install the package openpgp beside the program: npm install openpgp.',
    explanation:
      'Read are SSH signatures by Ed25519, ECDSA, RSA and hardware keys, and OpenPGP where the package openpgp is found. SSH certificates and X.509 are not read.',
    fault: 'program',
  },
  'signature-wrong': {
    summary: 'The signature of the commit does not belong to its content.',
    hint: 'Sign it again: git commit --amend -S.',
    explanation:
      'The commit was changed after it was signed, the signature was made for another purpose, or it is not well formed, or there are several.',
    fault: 'program',
  },
  'signer-not-valid': {
    summary: 'The key that signed the commit was not valid at that time.',
    hint: 'Sign with a key that is valid, or commit a longer valid-before, signed by another key.',
    explanation:
      'valid-after and valid-before in trust/allowed_signers are compared with the time of the committer, as git verify-commit does.',
    fault: 'program',
  },
  'signer-revoked': {
    summary: 'The key that signed the commit is revoked.',
    hint: 'Sign with another key.',
    explanation: 'trust/revoked_signers of the last deployed commit names it; that counts whatever the time.',
    fault: 'program',
  },
  'signer-unknown': {
    summary: 'The key that signed the commit is not one that may.',
    hint: 'Sign with a key that trust/allowed_signers of the last deployed commit names; a new key counts once its commit is deployed.',
    explanation:
      'The files of the last deployed commit decide, those of the first commit for itself. So nobody adds a key to the fleet by a commit that this key alone signs.',
    fault: 'program',
  },
  'signers-malformed': {
    summary: 'A file that says who may sign commits is not understood, or leaves nobody.',
    hint: 'Correct the line; remove the file where anyone may sign.',
    explanation:
      'Such a file would lock the fleet: no later commit could be signed rightly. So the commit that brings it is refused.',
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
