// SPDX-License-Identifier: Apache-2.0
import { Command } from 'commander';
import type { AnyCommand } from './command.ts';
import { commonFlags } from './common-flags.ts';
import type { Terminal } from './context.ts';
import type { Flags } from './flags.ts';
import type { ProgramSpec } from './program-spec.ts';
import { environmentName, flagName } from './settings.ts';

export interface TreeOptions {
  readonly terminal: Terminal;
  /** Whether what commander says of misuse is printed as it says it. */
  readonly printMisuse: boolean;
  readonly run: (command: AnyCommand, leaf: Command) => Promise<void>;
}

/** The commands of a program as commander knows them; a name of several words becomes nested commands. */
export function buildCommandTree(spec: ProgramSpec, options: TreeOptions): Command {
  const root = prepare(new Command(spec.name), options).description(spec.summary).version(spec.version);
  for (const command of spec.commands) {
    const words = command.name === '' ? [] : command.name.split(' ');
    const leaf = words.reduce((parent, word) => childOf(parent, word, spec, options), root);
    describe(leaf, command).action(() => options.run(command, leaf));
  }
  return root;
}

/** What the command line says for each flag, those before the command's name included; the nearest to it counts. */
export function flagsGiven(leaf: Command): ReadonlyMap<string, string> {
  const given = new Map(leaf.parent === null ? [] : flagsGiven(leaf.parent));
  for (const option of leaf.options) {
    const value: unknown = leaf.getOptionValue(option.attributeName());
    if (typeof value === 'string' || typeof value === 'boolean')
      given.set(flagName(option.flags), String(value));
  }
  return given;
}

function describe(leaf: Command, command: AnyCommand): Command {
  const flags: Flags = { ...command.flags, ...commonFlags(command) };
  for (const { flags: form, description, absent } of Object.values(flags)) {
    // Commander must not fill in defaults: the environment and the file come before them.
    const shown = absent.kind === 'default' ? absent.shown : undefined;
    leaf.option(form, shown === undefined ? description : `${description} (default: ${shown})`);
  }
  for (const argument of command.args?.split(' ') ?? []) leaf.argument(argument);
  return leaf
    .allowExcessArguments(false)
    .description(command.summary)
    .addHelpText('after', () => helpEnd(command.examples));
}

function childOf(parent: Command, word: string, spec: ProgramSpec, options: TreeOptions): Command {
  const found = parent.commands.find((child) => child.name() === word);
  if (found !== undefined) return found;
  const child = prepare(new Command(word), options).description(spec.groups?.[word] ?? '');
  parent.addCommand(child);
  return child;
}

function prepare(command: Command, { terminal, printMisuse }: TreeOptions): Command {
  return command
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        terminal.out(text);
      },
      writeErr: (text) => {
        terminal.err(text);
      },
      outputError: (text, write) => {
        if (printMisuse) write(text);
      },
    });
}

function helpEnd(examples: readonly string[]): string {
  const lines = examples.map((example) => `  $ ${example}`).join('\n');
  const sources = `Each flag may also come from the environment as ${environmentName('<flag>')}, or from --config.`;
  return `\nExamples:\n${lines}\n\n${sources}`;
}
