// SPDX-License-Identifier: Apache-2.0
import { defineCommand, exitCode } from '@fairlead/program';
import { revokeDevice } from '../operator-client.ts';
import { operatorFlags, readOperator } from '../operator-flags.ts';

export const enrollRevokeCommand = defineCommand({
  name: 'enroll revoke',
  summary:
    'End the identity of a device: its stream ends, and its key is refused from now on, for good. What runs on it goes on. A new token or an approval lets it in again, with another key.',
  examples: [
    'fairlead enroll revoke 0b9e1c5a-92a4-4c8e-8a53-0d6f1f2f7c11 --server fleet.example.org:8443 --keys ~/fleet-keys',
  ],
  args: '<device>',
  flags: operatorFlags,
  async run({ flags, args: [device = ''] }, context) {
    const { fingerprint } = await revokeDevice(await readOperator(flags), device, context.signal);
    await context.answer({
      json: { device: device.toLowerCase(), fingerprint },
      text: `device ${device.toLowerCase()} is revoked; its newest certificate was ${fingerprint}`,
    });
    return exitCode.done;
  },
});
