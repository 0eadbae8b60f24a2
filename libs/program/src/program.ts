// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isAbort } from '@fairlead/base';
import { CommanderError, type Command } from 'commander';
import { buildCommandTree, flagsGiven } from './command-tree.ts';
import type { AnyCommand } from './command.ts';
import { commonFlags } from './common-flags.ts';
import { readConfigFile } from './config-file.ts';
import type { OnHangup, Terminal } from './context.ts';
import { createContext } from './create-context.ts';
import { exitCode, exitCodeOf } from './exit-code.ts';
import type { Flags, FlagValues } from './flags.ts';
import { printError } from './print-error.ts';
import type { ProgramSpec } from './program-spec.ts';
import { environmentName, flagName, resolveSettings } from './settings.ts';

/** Runs a command line to its end; the exit status. Never throws, never exits. */
export async function runCommandLine(
  spec: ProgramSpec,
  argv: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
  onHangup: OnHangup = () => undefined,
): Promise<number> {
  let output: 'text' | 'json' = asksForJson(argv, terminal) ? 'json' : 'text';
  let status: number = exitCode.done;
  const run = async (command: AnyCommand, leaf: Command): Promise<void> => {
    const { flags, common } = await readSettings(spec, command, leaf, terminal);
    output = common.output === 'json' ? 'json' : 'text';
    const reread = async () => (await readSettings(spec, command, leaf, terminal)).flags;
    const context = createContext({ ...common, terminal, signal, onHangup });
    status = await command.run({ flags, args: leaf.args, reread }, context);
  };
  try {
    const tree = buildCommandTree(spec, { terminal, printMisuse: output === 'text', run });
    await tree.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (thrown) {
    if (signal.aborted && isAbort(thrown)) return exitCode.done;
    return endOf(thrown, output, terminal);
  }
}

function endOf(thrown: unknown, output: 'text' | 'json', terminal: Terminal): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return exitCode.done; // --help and --version are answers
    const message = thrown.message.replace(/^error: /, '');
    if (output === 'json') printError(new FairleadError({ code: 'misuse', message }), output, terminal);
    return exitCode.misuse;
  }
  const error = FairleadError.from(thrown);
  printError(error, output, terminal);
  if (error.code === 'internal') terminal.err(`${error.stack ?? ''}\n`);
  return exitCodeOf(error.code);
}

async function readSettings(
  spec: ProgramSpec,
  command: AnyCommand,
  leaf: Command,
  terminal: Terminal,
): Promise<{
  readonly flags: Readonly<Record<string, unknown>>;
  readonly common: FlagValues<ReturnType<typeof commonFlags>>;
}> {
  const commandLine = flagsGiven(leaf);
  const { env } = terminal;
  const config = commandLine.get('config') ?? env[environmentName('config')];
  const file = config === undefined ? new Map<string, string>() : await readConfigFile(config, namesOf(spec));
  const sources = { commandLine, env, file };
  const common = resolveSettings(commonFlags(command), sources);
  const flags = resolveSettings<Flags>(command.flags, sources);
  if (common.ok && flags.ok) return { flags: flags.value, common: common.value };
  const problems = [common, flags].flatMap((result) => (result.ok ? [] : result.error));
  throw new FairleadError({ code: 'misuse', message: problems.join('; ') });
}

/** One file may serve several commands: a key is known if any of them has such a flag. */
function namesOf(spec: ProgramSpec): ReadonlySet<string> {
  const all: readonly Flags[] = [...spec.commands.map((command) => command.flags), commonFlags({})];
  return new Set(all.flatMap((flags) => Object.values(flags).map((flag) => flagName(flag.flags))));
}

/** Looked up before flags are parsed, so that misuse of flags is answered in the form that was asked for. */
function asksForJson(argv: readonly string[], terminal: Terminal): boolean {
  const index = argv.findIndex((word) => word === '--output' || word.startsWith('--output='));
  if (index < 0) return terminal.env[environmentName('output')] === 'json';
  return argv[index] === '--output=json' || argv[index + 1] === 'json';
}
