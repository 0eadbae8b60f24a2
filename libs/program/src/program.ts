// SPDX-License-Identifier: Apache-2.0
import { FairleadError, isAbort } from '@fairlead/base';
import { Command, CommanderError } from 'commander';
import { writeFile } from 'node:fs/promises';
import type { AnyCommand } from './command.ts';
import { readConfigFile } from './config-file.ts';
import type { Answer, ProgramContext, Terminal } from './context.ts';
import { exitCode, exitCodeOf } from './exit-code.ts';
import { choiceFlag, optionalText, type Flags } from './flags.ts';
import { printError } from './print-error.ts';
import { environmentName, flagName, resolveSettings } from './settings.ts';

export interface ProgramSpec {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly commands: readonly AnyCommand[];
  /** What each word stands for that only groups commands: `{ keys: 'Keys of a fleet' }`. */
  readonly groups?: Readonly<Record<string, string>>;
}

/** Flags of every command. */
const commonFlags = {
  config: optionalText('--config <file.json>', 'take flags from this file; its keys are flag names'),
  output: choiceFlag('--output <format>', 'form of the answer', ['text', 'json']),
  out: optionalText('-o, --out <file>', 'write the answer to this file'),
} satisfies Flags;

/** Runs a command line to its end; the exit status. Never throws, never exits. */
export async function runCommandLine(
  spec: ProgramSpec,
  argv: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  let output: 'text' | 'json' = asksForJson(argv, terminal) ? 'json' : 'text';
  let status: number = exitCode.done;
  const run = async (command: AnyCommand, leaf: Command): Promise<void> => {
    const { settings, common } = await settle(spec, command, leaf, terminal);
    output = common.output;
    status = await command.run({ flags: settings, args: leaf.args }, createContext(common, terminal, signal));
  };
  try {
    await buildProgram(spec, terminal, output, run).parseAsync([...argv], { from: 'user' });
    return status;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return endOfCommander(thrown, output, terminal);
    if (signal.aborted && isAbort(thrown)) return exitCode.done;
    const error = FairleadError.from(thrown);
    printError(error, output, terminal);
    if (error.code === 'internal') terminal.err(`${error.stack ?? ''}\n`);
    return exitCodeOf(error.code);
  }
}

type Run = (command: AnyCommand, leaf: Command) => Promise<void>;

function buildProgram(spec: ProgramSpec, terminal: Terminal, output: 'text' | 'json', run: Run): Command {
  const root = prepare(new Command(spec.name), terminal, output).description(spec.summary).version(spec.version);
  for (const command of spec.commands) {
    const leaf = wordsOf(command).reduce((parent, word) => childOf(parent, word, spec, terminal, output), root);
    leaf.description(command.summary);
    for (const { flags, description, absent } of Object.values<Flags[string]>({ ...command.flags, ...commonFlags })) {
      const shown = absent.kind === 'default' ? absent.shown : undefined;
      leaf.option(flags, shown === undefined ? description : `${description} (default: ${shown})`);
    }
    if (command.args === undefined) leaf.allowExcessArguments(false);
    else for (const argument of command.args.split(' ')) leaf.argument(argument);
    leaf.addHelpText('after', () => helpEnd(command.examples));
    leaf.action(() => run(command, leaf));
  }
  return root;
}

function wordsOf(command: AnyCommand): readonly string[] {
  return command.name === '' ? [] : command.name.split(' ');
}

function childOf(parent: Command, word: string, spec: ProgramSpec, terminal: Terminal, output: 'text' | 'json'): Command {
  const found = parent.commands.find((child) => child.name() === word);
  if (found !== undefined) return found;
  const child = prepare(new Command(word), terminal, output).description(spec.groups?.[word] ?? '');
  parent.addCommand(child);
  return child;
}

/** Help goes to standard output; what commander says of misuse is said once, by us, where JSON is asked for. */
function prepare(command: Command, terminal: Terminal, output: 'text' | 'json'): Command {
  return command.exitOverride().configureOutput({
    writeOut: (text) => { terminal.out(text); },
    writeErr: (text) => { terminal.err(text); },
    outputError: (text, write) => {
      if (output === 'text') write(text);
    },
  });
}

function helpEnd(examples: readonly string[]): string {
  const lines = examples.map((example) => `  $ ${example}`).join('\n');
  return `\nExamples:\n${lines}\n\nEach flag may also come from the environment as ${environmentName('<flag>').replace('<FLAG>', '<FLAG>')}, or from --config.`;
}

/** `--help` and `--version` are answers; the rest of what commander throws is misuse. */
function endOfCommander(thrown: CommanderError, output: 'text' | 'json', terminal: Terminal): number {
  if (thrown.exitCode === 0) return exitCode.done;
  if (output === 'json') printError(new FairleadError({ code: 'misuse', message: thrown.message.replace(/^error: /, '') }), output, terminal);
  return exitCode.misuse;
}

async function settle(spec: ProgramSpec, command: AnyCommand, leaf: Command, terminal: Terminal) {
  const all = { ...command.flags, ...commonFlags };
  const commandLine = new Map<string, string>();
  for (const option of leaf.options) {
    const value: unknown = leaf.getOptionValue(option.attributeName());
    if (typeof value === 'string' || typeof value === 'boolean') commandLine.set(flagName(option.flags), String(value));
  }
  const config = commandLine.get('config') ?? terminal.env[environmentName('config')];
  const known = new Set([...spec.commands.flatMap((item) => Object.values(item.flags)), ...Object.values(commonFlags)].map((flag) => flagName(flag.flags)));
  const file = config === undefined ? new Map<string, string>() : await readConfigFile(config, known);
  const sources = { commandLine, env: terminal.env, file };
  const settings = resolveSettings(all, sources);
  if (!settings.ok) throw new FairleadError({ code: 'misuse', message: settings.error.join('; ') });
  const { output, out } = settings.value;
  return { settings: settings.value, common: { output: output === 'json' ? ('json' as const) : ('text' as const), out: typeof out === 'string' ? out : undefined } };
}

function createContext(
  common: { readonly output: 'text' | 'json'; readonly out: string | undefined },
  terminal: Terminal,
  signal: AbortSignal,
): ProgramContext {
  return {
    output: common.output,
    signal,
    terminal,
    async answer(answer) {
      const text = common.output === 'json' ? jsonText(answer) : answer.text;
      const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
      if (common.out === undefined) terminal.out(whole);
      else await writeAnswer(common.out, whole);
    },
    event(line) {
      terminal.out(`${JSON.stringify(line)}\n`);
    },
  };
}

function jsonText({ json, lines }: Answer): string {
  if (lines === true && Array.isArray(json)) return json.map((item) => `${JSON.stringify(item)}\n`).join('');
  return JSON.stringify(json);
}

async function writeAnswer(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new FairleadError({ code: 'storage-failed', message: `cannot write ${path}`, hint: 'Check the path given with --out.', cause });
  }
}

/** Looked up before flags are parsed, so that misuse of the flags themselves is answered in the form that was asked for. */
function asksForJson(argv: readonly string[], terminal: Terminal): boolean {
  const index = argv.findIndex((word) => word === '--output' || word.startsWith('--output='));
  if (index < 0) return terminal.env[environmentName('output')] === 'json';
  return argv[index] === '--output=json' || argv[index + 1] === 'json';
}
