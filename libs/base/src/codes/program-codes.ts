// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What can be wrong with how a program is used. */
export const programCodes = {
  'address-in-use': {
    summary: 'Another program listens on this address.',
    hint: 'Stop the other program, or choose another address.',
    explanation: 'An address and port belong to one program at a time; another server may run already.',
    fault: 'program',
  },
  'git-failed': {
    summary: 'The installed git did not do what was asked of it.',
    hint: 'Correct what git says, then run the command again.',
    explanation:
      'Where your own name, signing key, hooks or access to a remote count, the git of this machine is run.',
    fault: 'program',
  },
  internal: {
    summary: 'Fairlead broke one of its own invariants.',
    hint: 'Report this with the log.',
    explanation: 'This is our fault.',
    fault: 'program',
  },
  'invalid-input': {
    summary: 'The input has errors.',
    hint: 'Correct what the diagnostics name.',
    explanation: 'All problems are reported at once.',
    fault: 'program',
  },
  'keys-exist': {
    summary: 'The key folder already holds keys.',
    hint: 'Choose another folder, or remove the old keys yourself.',
    explanation: 'Keys are never overwritten.',
    fault: 'program',
  },
  'keys-missing': {
    summary: 'The key folder is missing or incomplete.',
    hint: 'Run: fairlead keys init --dir <keys>',
    explanation: 'Without keys nothing can be signed.',
    fault: 'program',
  },
  'keys-too-open': {
    summary: 'The key folder can be read by others.',
    hint: 'Run: chmod -R go-rwx <keys>',
    explanation: 'Whoever reads the keys can sign for the fleet.',
    fault: 'program',
  },
  'keys-not-listed': {
    summary: 'The newest root does not list the keys of this key folder.',
    hint: 'Copy the keys that came with the rotation into the key folder; see: fairlead keys show --dir <keys> --repo <path>',
    explanation:
      'Only keys that the root lists may sign. With others nothing is signed: devices would refuse it, and a key that was taken away may be in the hands of a thief.',
    fault: 'program',
  },
  misuse: {
    summary: 'The command was called wrongly.',
    hint: 'See --help.',
    explanation: 'Flags and arguments are checked before anything is done.',
    fault: 'program',
  },
  'no-agent': {
    summary: 'No agent answers for this state folder.',
    hint: 'Start fairlead-agent, or name its folder with --state.',
    explanation: 'Subcommands talk to the running agent by its socket.',
    fault: 'program',
  },
  'no-server': {
    summary: 'The server does not answer, or not as it should.',
    hint: 'Check --server and the network.',
    explanation:
      'No connection came about, whoever answered is not the server of this fleet, or the answer does not follow the protocol.',
    fault: 'program',
  },
  'not-found': {
    summary: 'There is nothing at this address.',
    hint: 'Check the address; of signed metadata only the newest versions are served.',
    explanation:
      'Files are served by version or digest and nothing is listed; what belongs to another device is not there either.',
    fault: 'program',
  },
  'not-permitted': {
    summary: 'This identity may not do that.',
    hint: 'Use a certificate of the right role that is neither expired nor revoked.',
    explanation: 'Certificates carry a role; each role may call its own service only.',
    fault: 'program',
  },
  'state-in-use': {
    summary: 'Another agent holds this state folder.',
    hint: 'Stop the other agent, or choose another --state.',
    explanation: 'A state folder is held by one agent.',
    fault: 'program',
  },
  'token-expired': {
    summary: 'The enrolment token has expired.',
    hint: 'Make a new one with: fairlead enroll token create',
    explanation: 'Tokens live a day unless said otherwise.',
    fault: 'program',
  },
  'token-invalid': {
    summary: 'The enrolment token is not valid here.',
    hint: 'Make a new one with: fairlead enroll token create',
    explanation: 'A token names one device, one fleet and one root.',
    fault: 'program',
  },
  'token-used': {
    summary: 'The enrolment token was used already.',
    hint: 'Make a new one with: fairlead enroll token create',
    explanation:
      'A token works once; its use is a record in the fleet log. Only the device that used it gets the same certificate again, for the same key.',
    fault: 'program',
  },
  'unknown-code': {
    summary: 'There is no such code.',
    hint: 'See the list with: fairlead explain',
    explanation: 'Codes come from one closed list.',
    fault: 'program',
  },
} as const satisfies CodeTable;
