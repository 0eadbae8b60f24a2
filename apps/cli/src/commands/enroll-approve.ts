// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isDigest, type Digest } from '@fairlead/base';
import { defineCommand, exitCode, optionalText } from '@fairlead/program';
import { approveEnrolment } from '../operator-client.ts';
import { operatorFlags, readOperator } from '../operator-flags.ts';

export const enrollApproveCommand = defineCommand({
  name: 'enroll approve',
  summary:
    "Take in a device that waits. Compare the fingerprint of its key with the one in the agent's log first. It stands in the fleet log who did it.",
  examples: [
    'fairlead enroll list --server fleet.example.org:8443 --keys ~/fleet-keys',
    'fairlead enroll approve 0b9e1c5a-92a4-4c8e-8a53-0d6f1f2f7c11 --server fleet.example.org:8443 --keys ~/fleet-keys',
    'fairlead enroll approve 0b9e1c5a-92a4-4c8e-8a53-0d6f1f2f7c11 --fingerprint sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --server fleet.example.org:8443 --keys ~/fleet-keys',
  ],
  args: '<device>',
  flags: {
    ...operatorFlags,
    fingerprint: optionalText(
      '--fingerprint <sha256:…>',
      'the key that is meant; needed where more than one asks to be the device',
    ),
  },
  async run({ flags, args: [device = ''] }, context) {
    const key = parseFingerprint(flags.fingerprint);
    const taken = await approveEnrolment(await readOperator(flags), { device, key }, context.signal);
    await context.answer({
      json: { device: device.toLowerCase(), key: taken.key },
      text: `device ${device.toLowerCase()} is taken in with the key ${taken.key}; it gets its certificate when it asks next`,
    });
    return exitCode.done;
  },
});

function parseFingerprint(text: string | undefined): Digest | null {
  if (text === undefined) return null;
  if (isDigest(text)) return text;
  throw new FairleadError({
    code: 'misuse',
    message: `--fingerprint: '${text}' is not sha256: and 64 hex digits`,
    hint: 'fairlead enroll list shows it whole.',
  });
}
