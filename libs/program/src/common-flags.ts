// SPDX-License-Identifier: Apache-2.0
import type { CommandSpec } from './command.ts';
import { choiceFlag, optionalText, type Flags } from './flags.ts';

/** Flags that every command of every program has beside its own. */
export function commonFlags({ forms = [] }: Pick<CommandSpec, 'forms'>) {
  return {
    config: optionalText('--config <file.json>', 'take flags from this file; its keys are flag names'),
    output: choiceFlag<string>('--output <format>', 'form of the answer', ['text', 'json', ...forms]),
    out: optionalText('-o, --out <file>', 'write the answer to this file'),
  } satisfies Flags;
}
