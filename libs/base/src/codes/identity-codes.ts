// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What can be wrong with who somebody is. */
export const identityCodes = {
  'away-too-long': {
    summary: 'The certificate ended too long ago to be renewed.',
    hint: 'Approve the device with fairlead enroll approve, or give it a new token.',
    explanation:
      'A device that was away may renew with its ended certificate for as long as --max-away says; after that a person decides again.',
    fault: 'program',
  },
  'certificate-expired': {
    summary: 'The certificate has ended.',
    hint: 'Nothing, for a device: it renews by itself. An operator needs a new certificate.',
    explanation: 'With an ended certificate a device may ask for its renewal, and for nothing else.',
    fault: 'program',
  },
  'certificate-revoked': {
    summary: 'The certificate was revoked, or another key has taken its place.',
    hint: 'Find out why; then approve the device with fairlead enroll approve, or give it a new token.',
    explanation:
      'A revocation stands in the fleet log and ends every certificate for the key, for good: the device comes back with a new key or not at all.',
    fault: 'program',
  },
  'enrolment-pending': {
    summary: 'The device waits for somebody to approve it.',
    hint: "Compare the fingerprint of its key in fairlead enroll list with the one in the agent's log, then run: fairlead enroll approve <device>",
    explanation:
      'A device without a valid token is taken in when an operator says that its key is the right one.',
    fault: 'program',
  },
  'request-ambiguous': {
    summary: 'More than one key asks to be this device.',
    hint: "Name the right one with --fingerprint; the agent's log says it.",
    explanation:
      'Whoever can reach the server can ask to be any device; only people who compare fingerprints can tell.',
    fault: 'program',
  },
  'request-unknown': {
    summary: 'No such device, or no such key, asks to be taken in, or has a certificate.',
    hint: 'See fairlead enroll list; a device asks again at least every minute.',
    explanation: 'Requests are kept in memory only: after a restart of the server each device asks again.',
    fault: 'program',
  },
} as const satisfies CodeTable;
