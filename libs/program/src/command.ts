// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from './exit-code.ts';
import type { Flags, FlagValues } from './flags.ts';
import type { ProgramContext } from './context.ts';

/** One command of a program, as data; `defineCommand` gives its run the types of its flags. */
export interface CommandSpec<F extends Flags = Flags> {
  /** Words that call it: `check`, `enroll token create`. Empty: the program itself. */
  readonly name: string;
  readonly summary: string;
  /** Whole command lines that work. */
  readonly examples: readonly string[];
  /** Positional arguments as commander reads them: `<file>`, `[code]`, `<files...>`. */
  readonly args?: string;
  /** Forms in which it answers beside `text` and `json`; `--output` takes them, and its answers hold them. */
  readonly forms?: readonly string[];
  readonly flags: F;
  readonly run: (input: CommandInput<F>, context: ProgramContext) => Promise<ExitCode>;
}

export interface CommandInput<F extends Flags> {
  readonly flags: FlagValues<F>;
  readonly args: readonly string[];
  /** The flags as they would be now: the configuration file is read again. Misuse rejects. */
  readonly reread: () => Promise<FlagValues<F>>;
}

/** A command whose flag types are forgotten, so that many stand in one list. */
export type AnyCommand = Omit<CommandSpec, 'run'> & {
  readonly run: (
    input: {
      readonly flags: Readonly<Record<string, unknown>>;
      readonly args: readonly string[];
      readonly reread: () => Promise<Readonly<Record<string, unknown>>>;
    },
    context: ProgramContext,
  ) => Promise<ExitCode>;
};

export function defineCommand<const F extends Flags>(spec: CommandSpec<F>): AnyCommand {
  // Sound: the program gives `run` only values that each flag's own `parse` or default made.
  return {
    ...spec,
    run: ({ flags, args, reread }, context) =>
      spec.run(
        { flags: flags as FlagValues<F>, args, reread: async () => (await reread()) as FlagValues<F> },
        context,
      ),
  };
}
