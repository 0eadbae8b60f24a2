// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** Why a device refuses an offer. */
export const trustCodes = {
  'bad-signature': {
    summary: 'A signature does not belong to the content or to a key that is trusted.',
    hint: 'Check which keys the root names and which key the server signs with.',
    explanation: 'Only keys that the root lists may sign for their role.',
    fault: 'itself',
  },
  'below-threshold': {
    summary: 'Fewer valid signatures than the role needs.',
    hint: 'Collect the missing signatures and publish the metadata again.',
    explanation: 'A threshold makes one stolen key worthless.',
    fault: 'itself',
  },
  'clock-ahead': {
    summary: "The device's clock runs ahead, so that fresh metadata looks expired.",
    hint: 'Set the clock of the device.',
    explanation:
      'A refusal carries the time of the device; compared with that of the server it tells a wrong clock from stale metadata.',
    fault: 'around',
  },
  'digest-mismatch': {
    summary: 'Bytes do not have the digest that was signed for them.',
    hint: 'Publish the file again, or correct the checksum in the fleet repository.',
    explanation: 'Everything that a device takes is named by SHA-256 and compared before it is used.',
    fault: 'itself',
  },
  'endless-data': {
    summary: 'An answer was larger than its bound.',
    hint: 'Look at the server or what stands between: the answer does not end where it must.',
    explanation:
      'Every file has a size known or bounded before it is read, so that nobody can fill a device.',
    fault: 'itself',
  },
  equivocation: {
    summary: 'A second content appeared at a counter or version that already has one.',
    hint: 'Compare the fleet log with the device: two different revisions were signed for one place in history.',
    explanation:
      'One counter has one manifest, and one version of metadata one content. Two of them mean that a key signed two histories.',
    fault: 'itself',
  },
  freeze: {
    summary: 'The signed metadata has expired.',
    hint: 'Bring the server back so that it signs fresh metadata.',
    explanation:
      'Expiry bounds how long someone who controls the connection can hide newer revisions from a device. What runs goes on.',
    fault: 'itself',
  },
  'mix-and-match': {
    summary: 'Metadata files that were not signed together were combined.',
    hint: 'Look at the server or what stands between: files of different revisions were mixed.',
    explanation:
      'The snapshot and the timestamp name one version and digest of every other file, so that parts of different revisions never meet.',
    fault: 'itself',
  },
  rollback: {
    summary: 'An older version of signed metadata, or a lower counter, was offered.',
    hint: 'Find out who replays old revisions; to go back, revert the commit.',
    explanation:
      'Versions and counters only rise. An attacker who replays an old, validly signed revision would bring back its holes.',
    fault: 'itself',
  },
  'unknown-target': {
    summary: 'The signed metadata does not name what was offered.',
    hint: 'Look at the server and its keys: it offers what nobody signed.',
    explanation:
      'Every revision is named by signed targets metadata with length and digest; a device installs nothing that the release key has not named.',
    fault: 'itself',
  },
  'wrong-device': {
    summary: 'The target state offered belongs to another device, or the proof does not lead to this one.',
    hint: 'Look at the server: it sent the state of another device, fleet or branch.',
    explanation:
      'The inclusion proof binds device id and target digest to the manifest; a valid state of another device is still wrong here.',
    fault: 'itself',
  },
} as const satisfies CodeTable;
