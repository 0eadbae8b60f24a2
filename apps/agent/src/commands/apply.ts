// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { defineCommand, exitCode } from '@fairlead/program';
import { askAgent } from '../local-client.ts';
import { stateFlag } from '../settings.ts';
import { stateFolder } from '../state-folder.ts';

export const applyCommand = defineCommand({
  name: 'apply',
  summary: 'Applies the revision that waits for its time now; its receipt says so.',
  examples: ['fairlead-agent apply --state /var/lib/fairlead'],
  flags: stateFlag,
  async run({ flags }, context) {
    const { root, socket } = stateFolder(flags.state);
    if ((await askAgent(socket, 'POST', '/apply')) === null)
      throw new FairleadError({ code: 'no-agent', message: `no agent answers for ${root}` });
    await context.answer({ json: { asked: true }, text: 'it is applied now' });
    return exitCode.done;
  },
});
