// SPDX-License-Identifier: Apache-2.0
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError } from '@fairlead/base';
import { readLogs } from '@fairlead/jobs';
import { defineCommand, exitCode, switchFlag, systemClock } from '@fairlead/program';
import { isUnitName } from '@fairlead/target';
import { countFlag, stateFlag } from '../settings.ts';
import { stateFolder } from '../state-folder.ts';

export const logsCommand = defineCommand({
  name: 'logs',
  summary: 'Prints what a unit wrote; no agent need run.',
  args: '<unit>',
  examples: [
    'fairlead-agent logs web --state /var/lib/fairlead',
    'fairlead-agent logs web --follow --lines 10 --state /var/lib/fairlead',
  ],
  flags: {
    ...stateFlag,
    follow: switchFlag('--follow', 'go on with what comes'),
    lines: countFlag('--lines <n>', 'lines of each stream to begin with', 100),
  },
  async run({ flags, args: [unit = ''] }, context) {
    const { logs } = stateFolder(flags.state);
    const isThere =
      isUnitName(unit) &&
      (await stat(join(logs, unit)).then(
        () => true,
        () => false,
      ));
    if (!isThere) {
      throw new FairleadError({
        code: 'misuse',
        message: `no unit '${unit}' has written anything here`,
        hint: 'See the units with: fairlead-agent status',
      });
    }
    const query = {
      logDir: logs,
      unit,
      lines: flags.lines,
      follow: flags.follow,
      clock: systemClock,
      signal: context.signal,
    };
    for await (const line of readLogs(query)) {
      // As it comes: whoever follows must not wait for the end.
      if (context.output === 'json') context.event({ stream: line.stream, text: line.text });
      else context.terminal.out(`${line.text}\n`);
    }
    return exitCode.done;
  },
});
