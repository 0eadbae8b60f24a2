// SPDX-License-Identifier: Apache-2.0
import { choiceFlag, optionalText, type Flags } from './flags.ts';

/** Flags of every command of every program. */
export const commonFlags = {
  config: optionalText('--config <file.json>', 'take flags from this file; its keys are flag names'),
  output: choiceFlag('--output <format>', 'form of the answer', ['text', 'json']),
  out: optionalText('-o, --out <file>', 'write the answer to this file'),
} satisfies Flags;
