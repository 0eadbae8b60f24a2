// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { formatToken } from '@fairlead/identity';
import { createToken } from '@fairlead/identity/authority';
import {
  defineCommand,
  durationFlag,
  exitCode,
  readKeyFiles,
  requiredText,
  systemClock,
} from '@fairlead/program';
import { readTrustedRoot, rootIdentity } from '@fairlead/trust/verify';

export const enrollTokenCreateCommand = defineCommand({
  name: 'enroll token create',
  summary: 'Make a token that admits one device once. Needs no running server. The token is a secret.',
  examples: [
    'fairlead enroll token create --device 0b9e1c5a-92a4-4c8e-8a53-0d6f1f2f7c11 --keys ~/fleet-keys --out token.txt',
    'fairlead enroll token create --device 0b9e1c5a-92a4-4c8e-8a53-0d6f1f2f7c11 --keys ~/fleet-keys --expires 1h --output json',
  ],
  flags: {
    device: requiredText('--device <uuid>', 'the device that it admits'),
    expires: durationFlag('--expires <duration>', 'how long it can be used', '24h'),
    keys: requiredText('--keys <dir>', 'the key folder of the fleet'),
  },
  async run({ flags }, context) {
    const device = flags.device.toLowerCase();
    if (flags.expires === 0)
      throw new FairleadError({ code: 'misuse', message: '--expires: the token would be of no use' });
    const files = await readKeyFiles(flags.keys, ['enrolment.key', 'root.json']);
    const firstRoot = files['root.json'];
    if (!readTrustedRoot(firstRoot).ok)
      throw new FairleadError({ code: 'keys-missing', message: `root.json of ${flags.keys} is no root` });
    const token = createToken({
      enrolmentKey: files['enrolment.key'],
      fleet: rootIdentity(firstRoot),
      device,
      expires: systemClock.now() + flags.expires,
    });
    const text = formatToken(token);
    const json = { token: text, id: token.id, device, expires: new Date(token.expires).toISOString() };
    await context.answer({ json, text, secret: true });
    return exitCode.done;
  },
});
