// SPDX-License-Identifier: Apache-2.0
import { readFleetLog } from '@fairlead/log';
import { defineCommand, exitCode, optionalText, textWithDefault } from '@fairlead/program';
import { coloursFor } from '../colours.ts';
import { readLogContext } from '../log-context.ts';
import { entryJson, entryText } from '../log-entry.ts';
import { findDevice, ofDevice, since } from '../log-selection.ts';
import { required, requireRepository } from '../repository.ts';

export const logCommand = defineCommand({
  name: 'log',
  summary:
    'Tell what was deployed: each record of the server and each receipt of a device, the oldest first.',
  examples: [
    'fairlead log --repo /srv/fleet.git',
    'fairlead log --device harbour-gateway --since 2026-05-01',
    'fairlead log --since HEAD~3 --output json | grep rolled-back',
  ],
  flags: {
    repo: textWithDefault('--repo <dir>', 'the repository that holds the fleet log', '.'),
    branch: textWithDefault('--branch <name>', 'the branch whose log it is', 'main'),
    log: optionalText('--log <dir>', 'the repository that the server was given by its own --log'),
    device: optionalText('--device <id|name>', 'only what tells of this device'),
    since: optionalText(
      '--since <commit|time|revision>',
      'only from there on: a commit that was deployed, refused or skipped, a day or time, or a revision',
    ),
  },
  async run({ flags }, context) {
    const repository = await requireRepository(flags.repo);
    const apart = flags.log === undefined ? undefined : await requireRepository(flags.log);
    const { branch } = flags;
    const all = required(await readFleetLog(repository, branch, { apart }));
    const known = await readLogContext(repository, all);
    const later =
      flags.since === undefined ? all : await since(all, flags.since, { repository, context: known });
    const places = { repository, branch, signal: context.signal };
    const entries =
      flags.device === undefined ? later : ofDevice(later, await findDevice(flags.device, all, places));
    const colours = coloursFor(context.terminal);
    const text = entries.map((entry) => entryText(entry, known, colours)).join('\n');
    await context.answer({ json: entries.map((entry) => entryJson(entry, known)), text, lines: true });
    return exitCode.done;
  },
});
