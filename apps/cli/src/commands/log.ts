// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { readFleetLog } from '@fairlead/log';
import { defineCommand, exitCode, textWithDefault } from '@fairlead/program';
import { coloursFor } from '../colours.ts';
import { entryJson, entryText } from '../log-entry.ts';
import { requireRepository } from '../repository.ts';

export const logCommand = defineCommand({
  name: 'log',
  summary:
    'Tell what was deployed: each record of the server and each receipt of a device, the oldest first.',
  examples: ['fairlead log --repo /srv/fleet.git', 'fairlead log --output json | grep rolled-back'],
  flags: {
    repo: textWithDefault('--repo <dir>', 'the repository that holds the fleet log', '.'),
    branch: textWithDefault('--branch <name>', 'the branch whose log it is', 'main'),
  },
  async run({ flags }, context) {
    const entries = await readFleetLog(await requireRepository(flags.repo), flags.branch);
    if (!entries.ok) throw new FairleadError(entries.error);
    const colours = coloursFor(context.terminal);
    const text = entries.value.map((entry) => entryText(entry, colours)).join('\n');
    await context.answer({ json: entries.value.map(entryJson), text, lines: true });
    return exitCode.done;
  },
});
