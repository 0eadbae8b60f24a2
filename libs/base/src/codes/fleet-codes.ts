// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What can be wrong with the fleet itself: its devices, its groups, its roots. */
export const fleetCodes = {
  'ambiguous-name': {
    summary: 'Two devices have the same name or alias.',
    hint: 'Rename one of them; until then, commands take them by id.',
    explanation: 'A command never guesses which of two devices is meant.',
    fault: 'program',
  },
  'duplicate-device': {
    summary: 'The device is listed twice.',
    hint: 'Remove one entry.',
    explanation: 'A device has one place.',
    fault: 'program',
  },
  'fleet-changed': {
    summary: 'The commit belongs to another fleet than the keys of this server.',
    hint: 'Restore trust/root/1.json, or start the server with the keys of that fleet.',
    explanation: 'The first root is the identity of a fleet, and a device trusts one fleet for good.',
    fault: 'program',
  },
  'fleet-missing': {
    summary: 'The commit has no fleet.json.',
    hint: 'Add fleet.json at the top of the repository.',
    explanation: 'It names the fleet and its groups.',
    fault: 'program',
  },
  'group-empty': {
    summary: 'The group has no source.',
    hint: 'Give pod, running-config or desired-state, or say "retired": true.',
    explanation: 'To stop devices, retire their group.',
    fault: 'program',
  },
  'group-undefined': {
    summary: 'The group does not exist.',
    hint: 'Define it in fleet.json, or correct the name.',
    explanation: 'A device belongs to a group of the fleet.',
    fault: 'program',
  },
  'root-dropped': {
    summary: 'The commit lacks a root that was recorded, or holds another one in its place.',
    hint: 'Restore the file from an earlier commit; to take a rotation back, rotate again.',
    explanation:
      'Devices that took a root never go back to an older one. Whoever could drop roots would bring keys back that were taken away.',
    fault: 'program',
  },
  'root-expired': {
    summary: 'The newest root has expired.',
    hint: 'Make its successor with: fairlead keys rotate',
    explanation: 'Devices take nothing new under a root that has expired; what runs goes on.',
    fault: 'program',
  },
  'root-invalid': {
    summary: 'A root is no proper successor of the one before.',
    hint: 'Look at the keys with: fairlead keys show; add missing signatures with: fairlead keys sign',
    explanation:
      'Root n+1 has version n+1 and is signed by enough root keys of version n and of its own. Devices walk them one by one and would stay behind at one that is not.',
    fault: 'program',
  },
  'root-missing': {
    summary: 'The commit has no trust/root/1.json.',
    hint: 'Run: fairlead keys init --dir <keys> --repo <path>, and commit the file.',
    explanation: 'The first root is the identity of the fleet.',
    fault: 'program',
  },
  'source-unsupported': {
    summary: 'This kind of source cannot be compiled by this release.',
    hint: 'Use another kind, or leave it out.',
    explanation: 'Nothing is deployed in part.',
    fault: 'program',
  },
} as const satisfies CodeTable;
