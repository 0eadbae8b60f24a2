// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What an audit of the fleet log can find, beside what programs find while they run. */
export const auditCodes = {
  'certificate-invalid': {
    summary: 'A certificate in the fleet log is not what its record says.',
    hint: 'Find out who held the keys of the server at that time; revoke the certificate.',
    explanation:
      'A certificate of a device must be signed by an authority that the root in force names, for this fleet and this device, and have the digest that its record states.',
    fault: 'program',
  },
  'chain-broken': {
    summary: 'A receipt does not name the one before it.',
    hint: 'Compare with the device: it keeps its newest receipts.',
    explanation:
      'Each receipt holds the hash of the one before, signed by the device. Where the hash differs, a receipt was put in, taken out or exchanged.',
    fault: 'program',
  },
  'checkpoint-mismatch': {
    summary: 'A checkpoint in the log of receipts is not what the receipts before it come to.',
    hint: 'Find out who held the snapshot key at that time; believe the receipts, not the checkpoint.',
    explanation: 'A segment begins with where each device stood, so that older segments need not be read.',
    fault: 'program',
  },
  'commit-unaccounted': {
    summary: 'A commit on the way to a deployed one is neither recorded nor skipped nor refused.',
    hint: 'Find out which server followed the branch at that time, and what it did with the commit.',
    explanation: 'Every commit that reaches the watched branch leaves a record of what became of it.',
    fault: 'program',
  },
  'device-unknown': {
    summary: 'A receipt is of a device that was never enrolled.',
    hint: 'Look for a record of its enrolment in another clone of the fleet log.',
    explanation: 'The key of a device is known from the certificate in the record of its enrolment.',
    fault: 'program',
  },
  'instance-unexplained': {
    summary: 'A device began a new chain of receipts without a new key.',
    hint: 'Ask who set the device up anew; enrol it again if nobody did.',
    explanation:
      'A chain begins with the key of the device. A second chain by one key hides where the first one ended.',
    fault: 'program',
  },
  'log-cut': {
    summary: 'The fleet log lacks commits that it held before.',
    hint: 'Push the missing commits back from a clone that has them.',
    explanation: 'The log only grows. What a checkpoint, a later segment or a reference names must be there.',
    fault: 'program',
  },
  'log-missing': {
    summary: 'The repository holds no fleet log of this branch.',
    hint: "A plain clone leaves the log out. Run: git fetch origin '+refs/fairlead/*:refs/fairlead/*'",
    explanation: 'The fleet log is in refs/fairlead/*, which git clone fetches only with --mirror.',
    fault: 'program',
  },
  'receipt-doubled': {
    summary: 'A receipt stands in the log twice.',
    hint: 'Keep the first; find out who wrote the second.',
    explanation:
      'A server writes a receipt once. Two servers that take one in at the same moment may both write it.',
    fault: 'program',
  },
  'receipt-forged': {
    summary: 'A receipt is not what its device signed.',
    hint: 'Compare with the device: it keeps its newest receipts.',
    explanation: 'A receipt counts only with the signature of the key that was enrolled for its device.',
    fault: 'program',
  },
  'receipt-mismatch': {
    summary: 'A receipt states what the revision that it names does not give its device.',
    hint: 'Look at the device: what it runs is not what the fleet repository says.',
    explanation:
      'Counter and target digest of a receipt must be those of the recorded revision, compiled again from its commit.',
    fault: 'program',
  },
  'receipt-misplaced': {
    summary: 'A receipt stands behind a later one of its device.',
    hint: 'Find out who held the snapshot key at that time.',
    explanation: 'A server writes the receipts of a device in their order.',
    fault: 'program',
  },
  'receipt-missing': {
    summary: 'Receipts are missing in the chain of a device.',
    hint: 'Look for them in another clone of the fleet log; the device keeps its newest ones.',
    explanation: 'Receipts of a device are numbered without gaps, and each one names the one before.',
    fault: 'program',
  },
  'record-invalid': {
    summary: 'A record of the fleet log is not of a form that servers write, or contradicts those before it.',
    hint: 'Find out who held the snapshot key at that time; a newer release may know more kinds of records.',
    explanation:
      'Records are read strictly, in their order, and each must fit what stood in the log before it.',
    fault: 'program',
  },
  'record-missing': {
    summary: 'Between two records of the fleet log others are missing.',
    hint: 'Look for them in another clone of the fleet log.',
    explanation: 'Versions of signed metadata count up by one from record to record.',
    fault: 'program',
  },
  'refusal-unfounded': {
    summary: 'A commit was refused as faulty that has no error.',
    hint: 'Find out which release the server ran, and who kept the commit from the devices.',
    explanation: 'A commit is refused for what it holds, which anyone can compile again.',
    fault: 'program',
  },
  'revision-unknown': {
    summary: 'A receipt names a revision that the fleet log does not hold.',
    hint: 'Look for the record of the revision in another clone of the fleet log.',
    explanation: 'No revision is offered to a device before its record stands in the log.',
    fault: 'program',
  },
} as const satisfies CodeTable;
