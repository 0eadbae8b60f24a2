// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, ok, parseDuration, silentLogger, type Result } from '@fairlead/base';
import type { LogLine, LogQuery } from '@fairlead/engine';
import { readLogs } from '@fairlead/jobs';
import { defineCommand, exitCode, switchFlag, systemClock, type Flag } from '@fairlead/program';
import { createDrivers } from '../drivers.ts';
import { knownEngine } from '../engine-choice.ts';
import { optionalCount, stateFlag } from '../settings.ts';
import { stateFolder, type StateFolder } from '../state-folder.ts';

/** Lines of each stream where nothing says how many. */
const usualLines = 100;

const sinceFlag: Flag<number | undefined> = {
  flags: '--since <time>',
  description: "from then on, as far as it is known: '10m' ago, or a time like 2026-01-31T12:00:00Z",
  parse: parseSince,
  absent: { kind: 'default', value: undefined, shown: undefined },
};

export const logsCommand = defineCommand({
  name: 'logs',
  summary: 'Prints what a unit wrote, or with --agent what the agent logged; no agent need run.',
  args: '[unit]',
  examples: [
    'fairlead-agent logs web --state /var/lib/fairlead',
    'fairlead-agent logs web --follow --lines 10 --state /var/lib/fairlead',
    'fairlead-agent logs web --since 10m --state /var/lib/fairlead',
    'fairlead-agent logs --agent --state /var/lib/fairlead',
  ],
  flags: {
    ...stateFlag,
    agent: switchFlag('--agent', "the agent's own log instead of a unit's"),
    follow: switchFlag('--follow', 'go on with what comes'),
    since: sinceFlag,
    lines: optionalCount(
      '--lines <n>',
      `lines of each stream to begin with (default: ${String(usualLines)}; with --since all)`,
    ),
  },
  async run({ flags, args: [unit] }, context) {
    if (flags.agent !== (unit === undefined))
      throw new FairleadError({
        code: 'misuse',
        message: flags.agent ? 'either a unit or --agent' : 'no unit is named',
        hint: 'See the units with: fairlead-agent status',
      });
    const folder = stateFolder(flags.state);
    const since = flags.since ?? null;
    const query: LogQuery = {
      lines: flags.lines ?? (since === null ? usualLines : Number.POSITIVE_INFINITY),
      since,
      follow: flags.follow,
      signal: context.signal,
    };
    const lines =
      unit === undefined ? ownLog(folder, query) : await unitLog(folder, unit, query, context.terminal.env);
    for await (const line of lines) {
      // As it comes: whoever follows must not wait for the end.
      if (context.output === 'json') context.event({ stream: line.stream, text: line.text });
      else context.terminal.out(`${line.text}\n`);
    }
    return exitCode.done;
  },
});

async function unitLog(
  folder: StateFolder,
  unit: string,
  query: LogQuery,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<AsyncIterable<LogLine>> {
  const drivers = await createDrivers({
    folder,
    containerEngine: await knownEngine(folder.containers),
    clock: systemClock,
    logger: silentLogger,
    random: Math.random,
    environment,
  });
  for (const driver of drivers) {
    const lines = await driver.logs(unit, query);
    if (lines !== null) return lines;
  }
  throw new FairleadError({
    code: 'misuse',
    message: `no unit '${unit}' has written anything here`,
    hint: 'See the units with: fairlead-agent status',
  });
}

/** Its lines say themselves of when they are. */
async function* ownLog({ ownLog: folder }: StateFolder, query: LogQuery): AsyncGenerator<LogLine> {
  for await (const line of readLogs(folder, query, systemClock)) {
    const at = Date.parse(/"time":"([^"]+)"/.exec(line.text)?.[1] ?? '');
    if (query.since === null || !(at < query.since)) yield line;
  }
}

function parseSince(text: string): Result<number, string> {
  const ago = parseDuration(text);
  if (ago.ok) return ok(Date.now() - ago.value);
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : NaN;
  return Number.isNaN(at)
    ? err(`'${text}' is neither a duration like '10m' nor a time like 2026-01-31T12:00:00Z`)
    : ok(at);
}
